"""Running a plan of trainings in a directory, with a line for each."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from nasbench_mvit.search.batch.archive import Archive, Training
from nasbench_mvit.search.batch.run import PlannedEvaluator, evaluator_for, missing, run
from nasbench_mvit.search.engines.contract import Event, Failed, Finished
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.engines import MakeEngine, engines
from nasbench_mvit.workbench.shared.observer import Observer
from nasbench_mvit.workbench.shared.run_directory import locked

FILE = "trainings.parquet"
PERCENT = 100.0


@contextlib.contextmanager
def training_run(
    run_dir: Path, observer: Observer, *, workers: int, ray: RayOptions | None
) -> Iterator[tuple[Archive, MakeEngine]]:
    """Hold a directory while trainings run in it.

    Args:
        run_dir: where they are kept.
        observer: is told what becomes of the cluster.
        workers: trainings at once on this machine.
        ray: what is asked of Ray, where that runs the trainings.

    Yields:
        The archive of the directory, and what makes an engine of an evaluator.

    Raises:
        StoreError: another command is in the directory, it cannot be written, or its archive is
            damaged.
        StudyError: there is no Ray as it is asked for.
    """
    with (
        locked(run_dir),
        engines(ray, workers, observer.note) as make_engine,
    ):
        yield Archive(run_dir / FILE), make_engine


def evaluator_of(study: StudyConfig, folder: Path) -> ProxyEvaluator:
    """Return what trains by a study's recipe; images and checkpoints are kept below ``folder``."""
    return evaluator_for(study.proxy, data=study.data, seed=study.data_seed, folder=folder)


def run_trainings(
    trainings: Sequence[Training],
    archive: Archive,
    evaluator: ProxyEvaluator,
    make_engine: MakeEngine,
    observer: Observer,
) -> Completion:
    """Run the trainings that an archive lacks, until all are done or Ctrl-C.

    Args:
        trainings: the plan, run in its order.
        archive: takes the results.
        evaluator: trains.
        make_engine: returns what runs it.
        observer: is told of every training that ends.

    Returns:
        ``DONE``, or why trainings are missing still.

    Raises:
        StudyError: several in a row failed and the machine is at fault.
    """
    trainings = list({t.key: t for t in trainings}.values())  # of a small space some come twice
    ended, networks = len(archive.finished(trainings)), {t.spec.id for t in trainings}
    observer.note(f"{len(trainings)} trainings of {len(networks)} networks, {ended} of them done")

    def observe(training: Training, event: Event) -> None:
        nonlocal ended
        if isinstance(event, Finished | Failed):
            ended += 1
            observer.note(f"{ended} of {len(trainings)}: {_line(training, event)}")

    completion = Completion.DONE
    try:
        run(
            PlannedEvaluator(tuple(missing(trainings, archive)), evaluator),
            archive,
            make_engine,
            observe,
            is_over=lambda: False,
        )
    except KeyboardInterrupt:
        completion = Completion.INTERRUPTED
    if lacking := len(missing(trainings, archive)):
        if completion is Completion.DONE:
            completion = Completion.INCOMPLETE
        observer.note(f"{lacking} trainings are missing; the same command again goes on from here")
    return completion


def _line(training: Training, event: Finished | Failed) -> str:
    what = f"{training.contestant}, {training.network}, seed {training.seed}"
    if isinstance(event, Finished):
        seconds = event.result.cpu_seconds
        return f"{what}: top-1 {event.result.top1 * PERCENT:.1f} % in {seconds:.0f} core-seconds"
    return f"{what}: failed: {event.reason}"
