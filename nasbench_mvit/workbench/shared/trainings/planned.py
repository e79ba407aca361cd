"""Planned trainings in a directory: those it lacks are run, with any engine."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import counted
from nasbench_mvit.search.batch.archive import Archive, Training
from nasbench_mvit.search.batch.run import PlannedEvaluator, evaluator_for, missing, run
from nasbench_mvit.search.engines.contract import Event, Failed, Finished, Progressed
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.training.proxy.result import TrainingResult
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.deadline import deadline
from nasbench_mvit.workbench.shared.engines import MakeEngine, engines
from nasbench_mvit.workbench.shared.image_notes import image_notes
from nasbench_mvit.workbench.shared.limits import check_minutes, num_workers
from nasbench_mvit.workbench.shared.run_directory import locked
from nasbench_mvit.workbench.shared.trainings.observer import (
    EndedTraining,
    TrainingsObserver,
    TrainingsProgress,
)
from nasbench_mvit.workbench.shared.trainings.progress import FinalWork

FILE = "trainings.parquet"


@dataclass(frozen=True, kw_only=True)
class TrainedPlan:
    """The results of a plan of trainings.

    Attributes:
        results: results of the trainings that are done, now or earlier.
        failures: reasons of the failures, in this call, that are due to a network or a recipe.
        completion: whether all are done, or why not.
    """

    results: Mapping[Training, TrainingResult]
    failures: Mapping[Training, str]
    completion: Completion


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """A directory that is held while trainings run in it.

    Attributes:
        archive: the trainings that are done.
        make_engine: returns what runs the trainings of an evaluator.
        observer: is told of them.
        is_over: tells whether the time is up.
    """

    archive: Archive
    make_engine: MakeEngine
    observer: TrainingsObserver
    is_over: Callable[[], bool]

    def train(
        self, plan: Sequence[Training], evaluator: ProxyEvaluator, *, of: str | None = None
    ) -> TrainedPlan:
        """Run the trainings that the archive lacks, until all are done, the time is over or Ctrl-C.

        Args:
            plan: the trainings, run in its order.
            evaluator: trains by any recipe.
            of: whose trainings they are, in words; by default the number of networks.

        Raises:
            StudyError: several in a row failed and the machine is at fault.
        """
        waiting = missing(plan, self.archive)
        num_planned = len({training.key for training in plan})  # of a small space some come twice
        of = of or counted(len({training.spec.id for training in plan}), "network")
        self.observer.note(
            f"{counted(num_planned, 'training')} of {of}, {num_planned - len(waiting)} of them done"
        )
        for note in image_notes(evaluator.images()):
            self.observer.note(note)
        reporter = _Reporter(waiting, plan, self.observer)
        is_cut = False
        try:
            run(
                PlannedEvaluator(tuple(waiting), evaluator),
                self.archive,
                self.make_engine,
                reporter.event,
                self.is_over,
                reporter.tick,
            )
        except KeyboardInterrupt:
            is_cut = True
        finally:
            self.observer.end()
        return TrainedPlan(
            results=self.archive.finished(plan),
            failures=reporter.failures,
            completion=self._completion(plan, reporter.failures, is_cut=is_cut),
        )

    def _completion(
        self, plan: Sequence[Training], failures: Mapping[Training, str], *, is_cut: bool
    ) -> Completion:
        lacking = len(missing(plan, self.archive))
        if is_cut:
            completion = Completion.INTERRUPTED
        elif lacking and self.is_over() and not failures:
            completion = Completion.TIME_IS_UP
        else:
            completion = Completion.INCOMPLETE if lacking else Completion.DONE
        if lacking:
            self.observer.note(
                f"{completion}: {lacking} trainings are missing; the same command again goes on "
                "from here"
            )
        return completion


class _Reporter:
    """Turns the events of trainings into what an observer is told, and keeps why some failed."""

    def __init__(
        self, waiting: Sequence[Training], plan: Sequence[Training], observer: TrainingsObserver
    ) -> None:
        weights = {place: weight(training) for place, training in enumerate(waiting)}
        self._work = FinalWork(weights, weights, time.monotonic)
        self._left = len(waiting)
        self._observer = observer
        self._shows_recipe = len({training.recipe for training in plan}) > 1
        self._shows_network = len({training.network for training in plan}) > 1
        self.failures: dict[Training, str] = {}
        observer.begin(self._left)

    def event(self, training: Training, event: Event) -> None:
        """Take what happened to a training."""
        self._work.event(event)
        has_ended = isinstance(event, Finished | Failed)
        self._left -= has_ended
        self.tick()
        if isinstance(event, Progressed):
            self._observer.reached(self._name(training), event.report)
        elif isinstance(event, Finished):
            self._ended(training, event.result)
        elif isinstance(event, Failed):
            self._ended(training, None, event.reason)
            if event.is_final:
                self.failures[training] = event.reason

    def tick(self) -> None:
        """Tell how far the trainings are."""
        self._observer.progress(
            TrainingsProgress(
                fraction=self._work.fraction(),
                num_left=self._left,
                seconds_left=self._work.seconds_left(),
            )
        )

    def _ended(self, training: Training, result: TrainingResult | None, failure: str = "") -> None:
        name, metric = self._name(training), training.proxy.metric
        self._observer.ended(
            EndedTraining(name=name, metric=metric, result=result, failure=failure)
        )

    def _name(self, training: Training) -> str:
        parts = [training.recipe] * self._shows_recipe
        parts += [training.network] * self._shows_network
        return ", ".join([*parts, f"seed {training.seed}"])


@contextlib.contextmanager
def training_run(
    run_dir: Path,
    observer: TrainingsObserver | None,
    *,
    workers: int | None,
    ray: RayOptions | None,
    max_minutes: float | None = None,
) -> Iterator[TrainingRun]:
    """Hold a directory while trainings run in it.

    Args:
        run_dir: where they are kept.
        observer: is told of them, and what becomes of the cluster.
        workers: trainings at once on this machine, by default one per core.
        ray: options of Ray; None if the trainings run on this machine.
        max_minutes: when to stop, counted from when the engine is there; None for never.

    Raises:
        StoreError: another command is in the directory, it cannot be written, or its archive is
            damaged.
        StudyError: there is no Ray as it is asked for, or a limit is out of range.
    """
    observer, workers = observer or TrainingsObserver(), num_workers(workers)
    check_minutes(max_minutes)
    with (
        locked(run_dir),
        engines(ray, workers, observer.note) as make_engine,
    ):
        archive = Archive(run_dir / FILE)
        try:
            yield TrainingRun(
                archive=archive,
                make_engine=make_engine,
                observer=observer,
                is_over=deadline(max_minutes),
            )
        finally:
            archive.compact()


def evaluator_of(study: StudyConfig, folder: Path) -> ProxyEvaluator:
    """Return the evaluator of a study's recipe, with images and checkpoints below ``folder``."""
    return evaluator_for(study.proxy, data=study.data, seed=study.data_seed, folder=folder)


def weight(training: Training) -> int:
    """Return the weight of a training in time estimates: the multiply-adds of its canvases."""
    proxy = training.proxy
    canvases = proxy.steps * proxy.batch_size * proxy.input_size**2
    return count_costs(training.spec).macs * canvases // training.spec.resolution**2
