"""Trainings that belong to no study: planned by others, run where their archive lacks them."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.search.archive import Archive, Training
from nasbench_mvit.search.evaluate import Evaluator, ProxyEvaluator, Report
from nasbench_mvit.search.executor import Event, Executor, Failed, Finished, Job
from nasbench_mvit.search.failures import FailureStreak
from nasbench_mvit.training.recipe import ProxyConfig
from nasbench_mvit.training.report import TrainingResult

POLL_S = 1.0


def missing(trainings: Sequence[Training], archive: Archive) -> list[Training]:
    """Return the trainings the archive lacks; arms that train alike are one."""
    done = archive.finished(trainings)
    waiting = {t.key: t for t in trainings if t not in done}
    return list(waiting.values())


@dataclass(frozen=True, kw_only=True)
class PlannedEvaluator:
    """Runs trainings of several recipes; a job's seed is the place of a training in the plan.

    Attributes:
        trainings: the plan.
        data: source of the images.
        data_seed: seed of their split.
        folder: where decoded images and checkpoints are kept.
    """

    trainings: tuple[Training, ...]
    data: str
    data_seed: int
    folder: Path

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        """Run the training at place ``seed``."""
        training = self.trainings[seed]
        evaluate = evaluator_for(
            training.proxy, data=self.data, seed=self.data_seed, folder=self.folder
        )
        return evaluate(spec, training.seed, report)


def run(
    planned: PlannedEvaluator,
    archive: Archive,
    make_executor: Callable[[Evaluator], Executor],
    observe: Callable[[Training, Event], None],
    is_over: Callable[[], bool],
) -> dict[Training, str]:
    """Run trainings and keep their results until all are done or time is over.

    Args:
        planned: the trainings, run in its order.
        archive: takes the results.
        make_executor: returns what runs an evaluator.
        observe: is told of every event.
        is_over: says when to stop.

    Returns:
        Why trainings failed whose network or recipe is at fault.

    Raises:
        StudyError: several in a row failed and the machine is at fault.
    """
    failures: dict[Training, str] = {}
    streak = FailureStreak()
    queue = [Job(place, place, training.spec) for place, training in enumerate(planned.trainings)]
    running = 0
    with closing(make_executor(planned)) as executor:
        while (queue or running) and not is_over():
            while queue and running < executor.slots:
                executor.submit(queue.pop(0))
                running += 1
            for event in executor.wait(POLL_S):
                training = planned.trainings[event.job.trial]
                observe(training, event)
                if not isinstance(event, Finished | Failed):
                    continue
                running -= 1
                if isinstance(event, Finished):
                    archive.add(training, event.result)
                elif event.is_final:
                    failures[training] = event.reason
                streak.note(event)
    return failures


def evaluator_for(proxy: ProxyConfig, *, data: str, seed: int, folder: Path) -> ProxyEvaluator:
    """Return the evaluator of one recipe, with its checkpoints below ``folder``."""
    return ProxyEvaluator(
        proxy=proxy,
        data=data,
        data_seed=seed,
        cache_dir=folder / "images",
        checkpoint_dir=folder / "checkpoints" / proxy.id,
    )
