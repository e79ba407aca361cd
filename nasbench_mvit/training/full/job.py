"""A full training as a task: what to train on what, and the files it leaves in its folder.

``model.safetensors`` holds the average of the weights with the network, its classes, how images are
cut for it, and which it was trained on; ``history.json`` the scores after each epoch;
``checkpoint.pt`` is to go on from.
"""

import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import DataError, TrainingError
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.models.checkpoint import Notes, save_model
from nasbench_mvit.models.split_record import MAX_IMAGES, SplitRecord
from nasbench_mvit.training.common.device import place, reproducible
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.loop import FullTraining
from nasbench_mvit.training.full.recipe import FullPlan, FullRecipe
from nasbench_mvit.training.full.report import EpochReport, Progress, Watcher
from nasbench_mvit.training.full.timing import evaluation_seconds
from nasbench_mvit.training.images.pictures import TrainingPictures, open_pictures
from nasbench_mvit.training.proxy.report import NonFiniteLossError

CHECKPOINT = "checkpoint.pt"
HISTORY = "history.json"
WEIGHTS = "model.safetensors"
IMAGES = "images"
WARM_UP, TIMED = 1, 3
SECONDS_PER_HOUR = 3600.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FullJob:
    """What to train.

    Attributes:
        spec: the network.
        recipe: how.
        source: of the images, as ``data.open_images`` names them.
        seed: of all that is drawn.
        folder: where its files lie; every process must see the same one.
        device: of this process.
        workers: processes that decode images, for each that trains.
        every: updates between two checkpoints.
    """

    spec: MobileViTSpec
    recipe: FullRecipe
    source: str
    seed: int
    folder: Path
    device: str
    workers: int
    every: int


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What a training will be.

    Attributes:
        plan: its updates.
        num_val: validation images.
        num_classes: of the images.
        processes: that share each update.
        updates_done: by an earlier run.
    """

    plan: FullPlan
    num_val: int
    num_classes: int
    processes: int
    updates_done: int


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """How long a training will take, by a short timing.

    Attributes:
        seconds_per_update: decoding included, as far as the network has to wait for it; 0 where
            no update is left.
        seconds_per_evaluation: of all validation images.
        hours: of what is left of the training.
    """

    seconds_per_update: float
    seconds_per_evaluation: float
    hours: float


class Watchers:
    """Several watchers as one."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        """Tell all of them, in this order."""
        self._watchers = watchers

    def progress(self, report: Progress) -> None:
        """Pass on."""
        for watcher in self._watchers:
            watcher.progress(report)

    def epoch(self, report: EpochReport) -> None:
        """Pass on."""
        for watcher in self._watchers:
            watcher.epoch(report)


class _History:
    """Keeps ``history.json`` up with the curve of a training."""

    def __init__(self, path: Path, training: FullTraining) -> None:
        self._path = path
        self._training = training

    def progress(self, report: Progress) -> None:
        """Wait for the end of the epoch."""

    def epoch(self, _report: EpochReport) -> None:
        """Write all epochs so far."""
        content = [asdict(report) for report in self._training.curve]
        write_text(self._path, json.dumps(content, indent=1))


def read_history(folder: Path) -> list[EpochReport]:
    """Return the scores after each epoch that a job has left in its folder."""
    content = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
    return [EpochReport(**entry) for entry in content]


def run_job(
    job: FullJob,
    world: World,
    *,
    announce: Callable[[Outline], None],
    watchers: Callable[[int], Sequence[Watcher]],
) -> EpochReport:
    """Train to the end and save the network; return the last scores.

    Args:
        job: the task.
        world: the processes that share it.
        announce: told what is about to be done, in the first process.
        watchers: makes those who watch the first process, from the number of updates done.

    Raises:
        WorkbenchError: the job cannot be done as it is, or has diverged.
        OSError: the folder cannot be written.
    """
    with reproducible(place(job.device).device), _as_training_errors():
        training, outline, pictures = _prepare(job, world)
        watcher = None
        if world.is_first:
            announce(outline)
            history = _History(job.folder / HISTORY, training)
            watcher = Watchers([history, *watchers(training.updates_done)])
        training.run(watcher, checkpoint=job.folder / CHECKPOINT, every=job.every)
        if world.is_first:
            notes = Notes(
                classes=pictures.class_names,
                resize=job.recipe.eval_resize,
                crop=job.recipe.eval_size,
                images=_record(pictures, job.seed),
            )
            save_model(job.folder / WEIGHTS, training.average, job.spec, notes)
    return training.curve[-1]


def _record(pictures: TrainingPictures, seed: int) -> SplitRecord | None:
    """Return the split into images trained on and held out; None where it cannot be kept.

    A training of hours does not fail over it.
    """
    count = len(pictures.train) + len(pictures.val)
    if count > MAX_IMAGES:
        logger.warning(
            "the weights will not say which of %d images they were trained on: a file holds the "
            "record of %d at most", count, MAX_IMAGES,
        )  # fmt: skip
        return None
    try:
        return SplitRecord.of(pictures.train.keys(), pictures.val.keys(), seed=seed)
    except DataError as problem:
        logger.warning("the weights will not say which images they were trained on: %s", problem)
        return None


def estimate(job: FullJob, world: World) -> tuple[Outline, Estimate]:
    """Time some updates and evaluations of a job; nothing of them is kept.

    Raises:
        WorkbenchError: the job cannot be done as it is.
    """
    with reproducible(place(job.device).device), _as_training_errors():
        training, outline, _ = _prepare(job, world, keeps=False)
        left = training.plan.updates - training.updates_done
        per_update = _seconds_per_update(training, left)
        # Enough batches that those decoded while the first was waited for are not most of them.
        marks = training.time_evaluation(1 + TIMED * max(1, job.workers))
        own = len(world.own(outline.num_val))
        per_evaluation = evaluation_seconds(marks, own) if marks else 0.0
    epochs = job.recipe.epochs - len(training.curve)
    seconds = left * per_update + epochs * per_evaluation
    return outline, Estimate(
        seconds_per_update=per_update,
        seconds_per_evaluation=per_evaluation,
        hours=seconds / SECONDS_PER_HOUR,
    )


def _seconds_per_update(training: FullTraining, left: int) -> float:
    """Return the mean of some updates after the first, or of that one where no other is left."""
    durations = []
    with contextlib.closing(training.batches()) as batches:
        for _ in range(min(left, WARM_UP + TIMED)):
            started = _now()
            training.step(batches)
            durations.append(_now() - started)
    timed = durations[WARM_UP:] or durations
    return sum(timed) / len(timed) if timed else 0.0


def outline_of(job: FullJob, processes: int) -> Outline:
    """Return the outline of a job in so many processes, from its beginning.

    Raises:
        WorkbenchError: the job cannot be done as it is.
    """
    World(0, processes).check_shards(job.recipe.shards)
    plan, pictures = _open(job, keeps=False)
    return _outline(plan, pictures, processes, 0)


def _prepare(
    job: FullJob, world: World, *, keeps: bool = True
) -> tuple[FullTraining, Outline, TrainingPictures]:
    """Return the training where it was left, what it is, and its images."""
    plan, pictures = _open(job, keeps=keeps)
    training = FullTraining(
        job.spec,
        plan,
        pictures,
        placement=place(job.device),
        world=world,
        workers=job.workers,
    )
    training.resume(job.folder / CHECKPOINT)
    outline = _outline(plan, pictures, world.size, training.updates_done)
    return training, outline, pictures


def _open(job: FullJob, *, keeps: bool) -> tuple[FullPlan, TrainingPictures]:
    """Return the plan and its images; ``keeps`` writes down how these were split."""
    pictures = open_pictures(
        job.source,
        size=job.recipe.eval_size,
        seed=job.seed,
        cache_dir=job.folder / IMAGES if keeps else None,
    )
    return FullPlan(job.recipe, len(pictures.train), job.seed), pictures


def _outline(
    plan: FullPlan, pictures: TrainingPictures, processes: int, updates_done: int
) -> Outline:
    return Outline(
        plan=plan,
        num_val=len(pictures.val),
        num_classes=len(pictures.class_names),
        processes=processes,
        updates_done=updates_done,
    )


@contextlib.contextmanager
def _as_training_errors() -> Iterator[None]:
    """Convert divergence and a lack of GPU memory to an error with the remedy."""
    try:
        yield
    except NonFiniteLossError as problem:
        raise TrainingError(
            f"the training diverged: {problem} Lower --peak-rate or lengthen --warmup-updates, "
            "and give another --out."
        ) from None
    except torch.OutOfMemoryError as problem:
        raise TrainingError(
            f"the GPU is out of memory ({str(problem).splitlines()[0]}). Lower --device-batch; "
            "--batch-size may stay, gradients are accumulated."
        ) from None


def _now() -> float:
    """Return the time once the GPU has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()
