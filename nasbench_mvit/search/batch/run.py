"""Planned trainings, run where their archive lacks them."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.search.batch.archive import Archive, Training
from nasbench_mvit.search.engines.contract import Event, Executor, Finished, Job
from nasbench_mvit.search.engines.pump import run_jobs
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator, Report
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import TrainingResult


def missing(trainings: Sequence[Training], archive: Archive) -> list[Training]:
    """Return the trainings the archive lacks; arms that train alike are one."""
    done = archive.finished(trainings)
    waiting = {t.key: t for t in trainings if t not in done}
    return list(waiting.values())


@dataclass(frozen=True)
class PlannedEvaluator:
    """Runs trainings of several recipes; a job's seed is the place of a training in the plan.

    Attributes:
        trainings: the plan.
        template: evaluates any recipe; each training takes it with its own.
    """

    trainings: tuple[Training, ...]
    template: ProxyEvaluator

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        """Run the training at place ``seed``."""
        return self._evaluator(seed)(spec, self.trainings[seed].seed, report)

    def checkpoint_name(self, spec: Network, seed: int) -> str:
        """Return the file name of the checkpoint of the training at place ``seed``."""
        return self._evaluator(seed).checkpoint_name(spec, self.trainings[seed].seed)

    def for_cluster(self, device: str) -> "PlannedEvaluator":
        """Return it as nodes understand it.

        Raises:
            DataError: the images are missing.
        """
        return replace(self, template=self.template.for_cluster(device))

    def on_node(self, checkpoint_dir: Path) -> "PlannedEvaluator":
        """Return it with its checkpoints in ``checkpoint_dir`` and a cache this machine has."""
        return replace(self, template=self.template.on_node(checkpoint_dir))

    def _evaluator(self, place: int) -> ProxyEvaluator:
        training = self.trainings[place]
        return replace(self.template, proxy=training.proxy, fingerprint=training.images)


def run(
    planned: PlannedEvaluator,
    archive: Archive,
    make_executor: Callable[[PlannedEvaluator], Executor],
    observe: Callable[[Training, Event], None],
    is_over: Callable[[], bool],
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Run trainings and keep their results until all are done or the time is over.

    Args:
        planned: the trainings, run in its order.
        archive: takes the results.
        make_executor: returns what runs the plan.
        observe: called with every event.
        is_over: tells whether the time is up.
        tick: is called whenever events were waited for, even if there were none.

    Raises:
        StudyError: several in a row failed and the machine is at fault.
    """

    def handle(event: Event) -> None:
        training = planned.trainings[event.job.trial]
        observe(training, event)
        if isinstance(event, Finished):
            archive.add(training, event.result)

    jobs = (Job(place, place, training.spec) for place, training in enumerate(planned.trainings))
    with closing(make_executor(planned)) as executor:
        run_jobs(lambda: next(jobs, None), executor, handle, is_over=is_over, tick=tick)


def evaluator_for(proxy: ProxyConfig, *, data: str, seed: int, folder: Path) -> ProxyEvaluator:
    """Return the evaluator of one recipe; images and checkpoints are kept below ``folder``."""
    return ProxyEvaluator(
        proxy=proxy,
        data=data,
        data_seed=seed,
        cache_dir=folder / "images",
        checkpoint_dir=folder / "checkpoints",
    )
