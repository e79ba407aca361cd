"""What a study will cost, before it runs."""

from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import Event, Executor, Failed, Finished, Job
from nasbench_mvit.search.engines.pump import run_jobs
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.finalists.plan import FinalRequest
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.candidates import Outlook
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.report import TrainingResult

TIMED_NETWORK = "mobilevit_xs"
SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True)
class Plan:
    """The cost of a study.

    Attributes:
        trainings: number of trainings, baselines, rivals and finalists included.
        of_finalists: those of finalists.
        core_seconds: of all of them.
        minutes: with the workers given, without start-up.
    """

    trainings: int
    of_finalists: int
    core_seconds: float
    minutes: float


def make_plan(
    config: StudyConfig,
    outlook: Outlook,
    seconds_per_mac: float,
    *,
    workers: int,
    finalists: FinalRequest | None = None,
) -> Plan:
    """Return the cost of a study whose trainings take time in proportion to their MACs."""
    fresh_seeds = finalists.num_seeds if finalists else 0
    searched = config.trials * config.seeds
    of_finalists = finalists.count * fresh_seeds if finalists else 0
    macs = (searched + of_finalists) * outlook.mean_macs
    for name, seeds in config.baselines.items():
        macs += count_costs(published(name)).macs * (seeds + fresh_seeds)
        searched += seeds
        of_finalists += fresh_seeds
    for name, seeds in config.rivals.items():
        # At the size the others are deployed at, since the proxy's size is the same for all.
        macs += count_costs(RivalSpec(name), published(TIMED_NETWORK).resolution).macs * seeds
        searched += seeds
    core_seconds = macs * seconds_per_mac
    minutes = core_seconds / workers / SECONDS_PER_MINUTE
    return Plan(
        trainings=searched + of_finalists,
        of_finalists=of_finalists,
        core_seconds=core_seconds,
        minutes=minutes,
    )


def time_training(
    evaluator: ProxyEvaluator, make_executor: Callable[[ProxyEvaluator], Executor]
) -> float:
    """Return the seconds per MAC of a training here, from a few steps of MobileViT-XS.

    Raises:
        StudyError: the network could not be trained.
    """
    proxy = evaluator.proxy
    short = proxy.model_copy(update={"steps": proxy.fractions})
    spec = published(TIMED_NETWORK)
    results: list[TrainingResult] = []

    def handle(event: Event) -> None:
        if isinstance(event, Failed):
            raise StudyError(f"a trial run of {TIMED_NETWORK} failed: {event.reason}")
        if isinstance(event, Finished):
            results.append(event.result)

    with closing(make_executor(replace(evaluator, proxy=short))) as executor:
        run_jobs(deque([Job(trial=0, seed=0, spec=spec)]), executor, handle)
    return _full_seconds(proxy, results[0]) / count_costs(spec).macs


def _full_seconds(proxy: ProxyConfig, result: TrainingResult) -> float:
    """Scale a training of one step per part up to the steps of ``proxy``."""
    first, before_last, last = result.curve[0], result.curve[-2], result.curve[-1]
    part = (before_last.seconds - first.seconds) / (proxy.fractions - 2)
    # A part is a step and the scoring of few images, the last one a step and that of all.
    per_image = (last.seconds - before_last.seconds - part) / max(
        1, last.num_images - before_last.num_images
    )
    interim = per_image * before_last.num_images
    step = part - interim
    return proxy.steps * step + (proxy.fractions - 1) * interim + per_image * last.num_images
