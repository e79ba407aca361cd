"""Running a plan of trainings in a directory, with a line for each."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from nasbench_mvit.cli.shared.engine import MakeEngine, engines
from nasbench_mvit.cli.shared.parser import INTERRUPTED
from nasbench_mvit.cli.shared.run_directory import locked, termination_as_interrupt
from nasbench_mvit.search.batch.archive import Archive, Training
from nasbench_mvit.search.batch.run import PlannedEvaluator, evaluator_for, missing, run
from nasbench_mvit.search.engines.contract import Event, Failed, Finished
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.study.config import StudyConfig

FILE = "trainings.parquet"
PERCENT = 100.0
NOT_WHOLE = 1


@contextlib.contextmanager
def training_run(
    run_dir: Path, console: Console, *, workers: int, ray: RayOptions | None
) -> Iterator[tuple[Archive, MakeEngine]]:
    """Hold a directory while trainings run in it.

    Args:
        run_dir: where they are kept.
        console: where to say what becomes of the cluster.
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
        termination_as_interrupt(),
        engines(ray, workers, console.print) as make_engine,
    ):
        yield Archive(run_dir / FILE), make_engine


def evaluator_of(study: StudyConfig, folder: Path) -> ProxyEvaluator:
    """Return what trains by a study's recipe; images and checkpoints are kept below ``folder``."""
    return evaluator_for(study.proxy, data=study.data, seed=study.data_seed, folder=folder)


def train(
    trainings: Sequence[Training],
    archive: Archive,
    evaluator: ProxyEvaluator,
    make_engine: MakeEngine,
    console: Console,
) -> int:
    """Run the trainings that an archive lacks, until all are done or Ctrl-C.

    Args:
        trainings: the plan, run in its order.
        archive: takes the results.
        evaluator: trains.
        make_engine: returns what runs it.
        console: where to say what happens.

    Returns:
        The exit code: 0, or another where trainings are missing still.

    Raises:
        StudyError: several in a row failed and the machine is at fault.
    """
    trainings = list({t.key: t for t in trainings}.values())  # of a small space some come twice
    ended, networks = len(archive.finished(trainings)), {t.spec.id for t in trainings}
    console.print(f"{len(trainings)} trainings of {len(networks)} networks, {ended} of them done")

    def observe(training: Training, event: Event) -> None:
        nonlocal ended
        if isinstance(event, Finished | Failed):
            ended += 1
            console.print(f"{ended} of {len(trainings)}: {_line(training, event)}")

    code = 0
    try:
        run(
            PlannedEvaluator(tuple(missing(trainings, archive)), evaluator),
            archive,
            make_engine,
            observe,
            is_over=lambda: False,
        )
    except KeyboardInterrupt:
        code = INTERRUPTED
    if lacking := len(missing(trainings, archive)):
        code = code or NOT_WHOLE
        console.print(f"{lacking} trainings are missing; the same command again goes on from here")
    return code


def _line(training: Training, event: Finished | Failed) -> str:
    what = f"{training.contestant}, {training.network}, seed {training.seed}"
    if isinstance(event, Finished):
        seconds = event.result.cpu_seconds
        return f"{what}: top-1 {event.result.top1 * PERCENT:.1f} % in {seconds:.0f} core-seconds"
    return f"{what}: failed: {event.reason}"
