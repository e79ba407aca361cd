"""An estimate of the cost of a study, before it runs."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from statistics import mean

from nasbench_mvit.architecture.network import Network, known_network
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import Event, Executor, Failed, Finished, Job
from nasbench_mvit.search.engines.pump import run_jobs
from nasbench_mvit.search.evaluators.proxy import Evaluator, ProxyEvaluator, Report
from nasbench_mvit.search.finalists.choice import FinalRequest
from nasbench_mvit.search.study.config import TRAINING, StudyConfig
from nasbench_mvit.search.trials.candidates import Outlook
from nasbench_mvit.training.proxy.result import TrainingResult
from nasbench_mvit.training.proxy.timing import ProxyTiming

TIMED_NETWORK = "mobilevit_xs"
SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True)
class Plan:
    """The estimated cost of a study.

    Attributes:
        trainings: number of trainings, baselines, rivals and finalists included.
        of_baselines: those of baselines in the search.
        of_finalists: those of finalists.
        core_seconds: processor time of all trainings.
        minutes: with the workers given, from their start on.
        update_share: share of a training that is optimizer updates; scoring is most of the rest.
    """

    trainings: int
    of_baselines: int
    of_finalists: int
    core_seconds: float
    minutes: float
    update_share: float


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The training speed of this machine.

    Attributes:
        seconds_per_mac: time of a whole training by the study's proxy, for each MAC.
        start_seconds: time until a worker process has started and loaded its images.
        update_share: share of a training that is optimizer updates.
    """

    seconds_per_mac: float
    start_seconds: float
    update_share: float


@dataclass(frozen=True, kw_only=True)
class TimedResult(TrainingResult):
    """The timing of a training that was not run to its end; its ``curve`` is empty.

    Attributes:
        timing: seconds of its parts.
        num_val: validation images that it would be scored on.
        start_seconds: until the worker process had its images.
    """

    timing: ProxyTiming
    num_val: int
    start_seconds: float


@dataclass(frozen=True, kw_only=True)
class TimingEvaluator:
    """Times the parts of a training in a worker process.

    Attributes:
        evaluator: what would train.
        made_at: when this was made, by the clock that all processes of a machine share.
    """

    evaluator: ProxyEvaluator
    made_at: float = field(default_factory=time.monotonic)

    def __call__(self, spec: Network, seed: int, report: Report) -> TimedResult:  # noqa: ARG002
        """Return the timing of ``spec``."""
        from nasbench_mvit.training.proxy.loop import time_proxy  # noqa: PLC0415 - loads torch

        evaluator = self.evaluator
        images = evaluator.images()
        start_seconds = max(0.0, time.monotonic() - self.made_at)
        timing = time_proxy(
            spec,
            evaluator.proxy,
            images,
            seed,
            folder=evaluator.checkpoint_dir,
            device=evaluator.device,
        )
        return TimedResult(
            curve=(),
            device=evaluator.device,
            precision="",
            timing=timing,
            num_val=len(images.val),
            start_seconds=start_seconds,
        )


def make_plan(
    config: StudyConfig,
    outlook: Outlook,
    pace: Pace,
    *,
    workers: int,
    finalists: FinalRequest | None = None,
) -> Plan:
    """Estimate the cost of a study's trainings, for training time proportional to MACs."""
    task = config.proxy.task
    fresh_seeds = finalists.num_seeds if finalists else 0
    trains = config.evaluator == TRAINING  # or finalists alone
    searched = config.trials * config.seeds * trains
    of_baselines = sum(config.baselines.values()) * trains
    of_finalists = finalists.count * fresh_seeds if finalists else 0
    macs = (searched + of_finalists) * outlook.mean_macs
    for name, seeds in config.baselines.items():
        macs += count_costs(known_network(name, task)).macs * (seeds * trains + fresh_seeds)
        of_finalists += fresh_seeds
    for name, seeds in config.rivals.items():
        # At the deployment size of the others, since the proxy's size is the same for all.
        resolution = known_network(TIMED_NETWORK, task).resolution
        macs += count_costs(known_network(name, task), resolution).macs * seeds
        searched += seeds
    core_seconds = macs * pace.seconds_per_mac
    trainings = searched + of_baselines + of_finalists
    seconds = pace.start_seconds + core_seconds / max(1, min(workers, trainings))
    return Plan(
        trainings=trainings,
        of_baselines=of_baselines,
        of_finalists=of_finalists,
        core_seconds=core_seconds,
        minutes=seconds / SECONDS_PER_MINUTE,
        update_share=pace.update_share,
    )


def time_training(
    evaluator: ProxyEvaluator, make_executor: Callable[[Evaluator], Executor]
) -> Pace:
    """Return the pace of trainings here, from a few steps of MobileViT-XS.

    All workers time at once, since trainings side by side slow each other down.

    Raises:
        StudyError: the network could not be trained.
    """
    spec = known_network(TIMED_NETWORK, evaluator.proxy.task)
    timed: list[TimedResult] = []

    def handle(event: Event) -> None:
        if isinstance(event, Failed):
            raise StudyError(f"a trial run of {TIMED_NETWORK} failed: {event.reason}")
        if isinstance(event, Finished):
            if not isinstance(event.result, TimedResult):
                raise TypeError(f"{type(event.result).__name__} is no timing")
            timed.append(event.result)

    with closing(make_executor(TimingEvaluator(evaluator=evaluator))) as executor:
        jobs = (Job(trial=slot, seed=0, spec=spec) for slot in range(executor.slots))
        run_jobs(lambda: next(jobs, None), executor, handle)
    proxy = evaluator.proxy
    seconds = mean(result.timing.training(proxy, result.num_val) for result in timed)
    return Pace(
        seconds_per_mac=seconds / count_costs(spec).macs,
        start_seconds=max(result.start_seconds for result in timed),
        update_share=mean(each.timing.update_share(proxy, each.num_val) for each in timed),
    )
