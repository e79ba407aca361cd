"""A full training from its parts: what the command runs once its options are known to be good."""

import argparse
import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console

from nasbench_mvit.cli.export.source import Source, find_source
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import listed
from nasbench_mvit.io.machine import usable_cores
from nasbench_mvit.training.common.multiscale import MultiScaleSampler
from nasbench_mvit.training.common.world import World, joined, own_device
from nasbench_mvit.training.full.job import (
    SECONDS_PER_HOUR,
    WEIGHTS,
    Estimate,
    FullJob,
    Outline,
    estimate,
    outline_of,
    run_job,
)
from nasbench_mvit.training.full.recipe import FullRecipe
from nasbench_mvit.training.full.report import EpochReport, Progress, Watcher
from nasbench_mvit.training.full.tensorboard import Curves
from nasbench_mvit.workbench.shared.progress import duration
from nasbench_mvit.workbench.shared.run_directory import locked

PERCENT = 100.0
MAX_WORKERS = 8
LINE_S = 30.0
OUT = "--out"
LOCAL_PROCESSES = "LOCAL_WORLD_SIZE"  # set by torchrun


def train(options: argparse.Namespace, recipe: FullRecipe, console: Console) -> int:
    """Train what the options ask for; return the exit code.

    Raises:
        WorkbenchError: an option cannot be fulfilled.
        OSError: the disk is full, or the folder may not be written.
    """
    options.weights = options.resolution = None  # the network comes from its description
    source = find_source(options)
    job = FullJob(
        spec=source.spec,
        recipe=recipe,
        source=options.data,
        seed=options.seed,
        folder=(options.out or Path("runs") / f"train-{source.slug}").absolute(),
        device=own_device(options.device),
        workers=_default_workers() if options.workers is None else options.workers,
        every=options.checkpoint_updates,
    )
    if options.ray is not None:
        return _with_ray(job, source, options.ray, console)
    with joined(job.device) as world:
        announce = _announcer(source, job, console)
        if options.dry_run:
            outline, estimated = estimate(job, world)
            if world.is_first:
                announce(outline)
                console.print(_expected(estimated, outline))
            return 0
        with _alone(job.folder, world), contextlib.ExitStack() as stack:
            last = run_job(
                job, world, announce=announce, watchers=_watchers(job.folder, console, stack)
            )
        if world.is_first:
            _conclude(last, job.folder, console)
    return 0


def _with_ray(job: FullJob, source: Source, num_processes: int, console: Console) -> int:
    from nasbench_mvit.training.full.ray import train_with_ray  # noqa: PLC0415 - loads ray

    _announcer(source, job, console)(outline_of(job, num_processes))
    with _alone(job.folder, World()):
        last = train_with_ray(job, num_processes)
    _conclude(last, job.folder, console)
    return 0


def _alone(folder: Path, world: World) -> contextlib.AbstractContextManager[None]:
    """Keep other commands out of the folder; the first process does it for all."""
    return locked(folder, elsewhere=OUT) if world.is_first else contextlib.nullcontext()


def _default_workers() -> int:
    """Return a fair share of the cores for the images of one process."""
    processes = int(os.environ.get(LOCAL_PROCESSES, "1"))
    return min(MAX_WORKERS, max(1, usable_cores() // processes))


def _watchers(
    folder: Path, console: Console, stack: contextlib.ExitStack
) -> Callable[[int], Sequence[Watcher]]:
    """Return what makes those who watch the first process; the stack closes them."""

    def make(updates_done: int) -> Sequence[Watcher]:
        lines = TrainingLines(console)
        try:
            curves = stack.enter_context(Curves(folder, updates_done))
        except ImportError:
            console.print("no curves for TensorBoard: its package is missing (extra tensorboard)")
            return [lines]
        return [lines, curves]

    return make


def _announcer(source: Source, job: FullJob, console: Console) -> Callable[[Outline], None]:
    def announce(outline: Outline) -> None:
        console.print(_network(source, job))
        for line in describe(outline):
            console.print(line)

    return announce


def _network(source: Source, job: FullJob) -> str:
    costs = count_costs(source.spec)
    return f"{source.origin}: {costs.params:,} parameters with 1,000 classes; in {job.folder}"


def describe(outline: Outline) -> Iterator[str]:
    """Yield what a training will be, line by line."""
    plan, recipe = outline.plan, outline.plan.recipe
    passes = recipe.shards // outline.processes
    yield (
        f"images: {plan.num_images:,} to train on, {outline.num_val:,} to validate, "
        f"{outline.num_classes:,} classes"
    )
    yield (
        f"effective batch: {recipe.batch_size:,} images of {recipe.base_size} px an update = "
        f"{outline.processes} (processes) × {passes} (passes of each) × {recipe.device_batch}"
    )
    sizes = [
        f"{recipe.shards * recipe.sampler.batch_size(size):,} of {size} px" for size in recipe.sizes
    ]
    yield f"sampler: {listed(sizes)}"
    standard = MultiScaleSampler.standard(base_batch=recipe.device_batch, size=recipe.base_size)
    same = standard.num_updates(plan.images_per_shard, seed=0) * recipe.epochs
    yield (
        f"updates: {plan.updates:,} in {recipe.epochs} epochs (the standard sampler would do "
        f"{same:,}), {recipe.warmup_updates:,} of them to warm up"
    )
    if outline.updates_done:
        yield f"going on after {outline.updates_done:,} updates"


def _expected(estimated: Estimate, outline: Outline) -> str:
    evaluations = outline.plan.recipe.epochs
    if outline.updates_done == outline.plan.updates:
        return "expected: no time, all updates are done"
    seconds = max(1.0, estimated.hours * SECONDS_PER_HOUR)
    time_left = duration(seconds) if estimated.hours < 1 else f"{estimated.hours:,.1f} hours"
    per_update = max(0.01, estimated.seconds_per_update)
    per_evaluation = max(0.1, estimated.seconds_per_evaluation)
    return (
        f"expected: {time_left}, by {per_update:.2f} s an update and {per_evaluation:.1f} s for "
        f"each of {evaluations} evaluations, timed here and now"
    )


def _conclude(last: EpochReport, folder: Path, console: Console) -> None:
    console.print(
        f"top-1 {last.top1 * PERCENT:.2f} %, top-5 {last.top5 * PERCENT:.2f} % of "
        f"{last.num_images:,} validation images\nsee {folder / WEIGHTS}"
    )


class TrainingLines:
    """Prints how a training goes, now and then; a ``Watcher``."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        """Print on ``console``."""
        self._console = console
        self._clock = clock
        self._next = clock() + LINE_S

    def progress(self, report: Progress) -> None:
        """Print a line if the last one is long ago."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + LINE_S
        self._console.print(
            f"epoch {report.epoch:.2f}: loss {report.loss:.3f}, "
            f"{report.images_per_second:,.0f} images/s, {duration(report.seconds)} so far"
        )

    def epoch(self, report: EpochReport) -> None:
        """Print the scores."""
        self._console.print(
            f"epoch {report.epoch}: top-1 {report.top1 * PERCENT:.2f} %, "
            f"top-5 {report.top5 * PERCENT:.2f} %, loss {report.train_loss:.3f}, "
            f"{duration(report.seconds)} so far"
        )
