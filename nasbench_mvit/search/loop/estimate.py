"""An estimate of the cost of a study, before it runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import Executor, Failed, Finished, Job
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.finalists.plan import FinalRequest
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.candidates import Outlook
from nasbench_mvit.training.recipe import ProxyConfig
from nasbench_mvit.training.report import TrainingResult

TIMED_NETWORK = "mobilevit_xs"
SECONDS_PER_MINUTE = 60.0
POLL_S = 1.0


@dataclass(frozen=True)
class Plan:
    """The estimated cost of a study.

    Attributes:
        trainings: number of trainings, including baselines, rivals and finalists.
        of_finalists: number of trainings of finalists.
        core_seconds: processor time of all trainings.
        minutes: clock time with the given workers, without start-up.
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
    """Estimate the cost of a study, for training time proportional to MACs."""
    fresh_seeds = finalists.num_seeds if finalists else 0
    searched = config.trials * config.seeds
    of_finalists = finalists.count * fresh_seeds if finalists else 0
    macs = (searched + of_finalists) * outlook.mean_macs
    for name, seeds in config.baselines.items():
        macs += count_costs(published(name)).macs * (seeds + fresh_seeds)
        searched += seeds
        of_finalists += fresh_seeds
    for name, seeds in config.rivals.items():
        # At the deployment size of the others, since the proxy's size is the same for all.
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
    """Measure the seconds per MAC of a training on this machine, in a few steps of MobileViT-XS.

    Raises:
        StudyError: the network could not be trained.
    """
    proxy = evaluator.proxy
    short = proxy.model_copy(update={"steps": proxy.fractions})
    executor = make_executor(replace(evaluator, proxy=short))
    spec = published(TIMED_NETWORK)
    try:
        executor.submit(Job(trial=0, seed=0, spec=spec))
        result = _wait(executor)
    finally:
        executor.close()
    return _full_seconds(proxy, result) / count_costs(spec).macs


def _wait(executor: Executor) -> TrainingResult:
    while True:
        for event in executor.wait(POLL_S):
            if isinstance(event, Finished):
                return event.result
            if isinstance(event, Failed):
                raise StudyError(
                    f"the timing run of {TIMED_NETWORK} failed: {event.reason.rstrip('.')}. "
                    "Correct the cause and run the command again."
                )


def _full_seconds(proxy: ProxyConfig, result: TrainingResult) -> float:
    """Scale a training of one step per part up to the steps of ``proxy``."""
    first, before_last, last = result.curve[0], result.curve[-2], result.curve[-1]
    part = (before_last.seconds - first.seconds) / (proxy.fractions - 2)
    # Each part is a step and the scoring of a few images, the last part of all images.
    per_image = (last.seconds - before_last.seconds - part) / max(
        1, last.num_images - before_last.num_images
    )
    interim = per_image * before_last.num_images
    step = part - interim
    return proxy.steps * step + (proxy.fractions - 1) * interim + per_image * last.num_images
