"""A full training as a task: what to train on what, and the files it leaves in its folder.

``model.safetensors`` holds the average of the weights with the network, its classes, how images are
cut for it, and which it was trained on; ``recipe.json`` what was trained and how, ``history.json``
the scores after each epoch; ``checkpoint.pt`` is to go on from.
"""

import contextlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import DataError, TrainingError
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.models.checkpoint import Notes, save_model
from nasbench_mvit.models.split_record import MAX_IMAGES, SplitRecord
from nasbench_mvit.training.common.device import place, reproducible
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.chance import ChanceWarning
from nasbench_mvit.training.full.defaults import Change, changes, complete
from nasbench_mvit.training.full.initial import InitialWeights
from nasbench_mvit.training.full.loop import FullTraining
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.recipe import FullRecipe
from nasbench_mvit.training.full.report import EpochReport, Watcher
from nasbench_mvit.training.full.state import recorded_recipe
from nasbench_mvit.training.images.judging import JudgingImages
from nasbench_mvit.training.images.opening import TrainingPictures, open_pictures
from nasbench_mvit.training.proxy.report import NonFiniteLossError

CHECKPOINT = "checkpoint.pt"
HISTORY = "history.json"
RECIPE = "recipe.json"
WEIGHTS = "model.safetensors"
IMAGES = "images"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FullJob:
    """What to train.

    Attributes:
        spec: the network.
        recipe: how; what is not set in it is chosen by the images.
        source: of the images, as ``data.open_images`` names them.
        seed: of all that is drawn.
        folder: where its files lie; every process must see the same one.
        device: of this process.
        workers: processes that decode images, for each that trains.
        every: updates between two checkpoints.
        initial: weights that the network starts from; None for random ones.
    """

    spec: MobileViTSpec
    recipe: FullRecipe
    source: str
    seed: int
    folder: Path
    device: str
    workers: int
    every: int
    initial: InitialWeights | None = None


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What a training will be.

    Attributes:
        plan: its updates.
        num_val: validation images.
        num_classes: of the images.
        notes: lines for a person, on what was taken as images and classes and what was left out.
        processes: that share each update.
        updates_done: by an earlier run.
        changes: what is not the paper's in the recipe, though nobody has set it.
        starts_from: trained weights that the network starts from, in words; None for random ones.
    """

    plan: FullPlan
    num_val: int
    num_classes: int
    notes: tuple[str, ...]
    processes: int
    updates_done: int
    changes: tuple[Change, ...]
    starts_from: str | None


class _History(Watcher):
    """Keeps ``history.json`` up with the curve of a training."""

    def __init__(self, path: Path, training: FullTraining) -> None:
        self._path = path
        self._training = training

    def epoch(self, _report: EpochReport) -> None:
        """Write all epochs so far."""
        _write_json(self._path, [asdict(report) for report in self._training.curve])


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
    with prepared(job, world) as (training, outline, pictures):
        watching: list[Watcher] = []
        if world.is_first:
            announce(outline)
            _write_json(job.folder / RECIPE, _description(job, outline))
            watching = [
                _History(job.folder / HISTORY, training),
                ChanceWarning(pictures.val.labels, outline.plan.recipe.epochs, training.curve),
                *watchers(training.updates_done),
            ]
        training.run(watching, checkpoint=job.folder / CHECKPOINT, every=job.every)
        if world.is_first:
            notes = Notes(
                classes=pictures.class_names,
                resize=job.recipe.eval_resize,
                crop=job.recipe.eval_size,
                images=_record(pictures, job.seed),
            )
            save_model(job.folder / WEIGHTS, training.average, job.spec, notes)
    return training.curve[-1]


def _description(job: FullJob, outline: Outline) -> dict[str, Any]:
    """Return what is trained and how, for ``recipe.json``."""
    return {
        "recipe": outline.plan.recipe.model_dump(),
        "not_the_papers_by_default": [change._asdict() for change in outline.changes],
        "network": job.spec.to_dict(),
        "starts_from": outline.starts_from,
        "images": {
            "source": job.source, "train": outline.plan.num_images, "val": outline.num_val,
            "classes": outline.num_classes,
        },
        "seed": job.seed,
    }  # fmt: skip


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


def outline_of(job: FullJob, processes: int) -> Outline:
    """Return the outline of a job in so many processes, from its beginning.

    Raises:
        WorkbenchError: the job cannot be done as it is.
    """
    outline, _ = _open(job, processes, keeps=False)
    World(0, processes).check_shards(outline.plan.recipe.shards)
    return outline


@contextlib.contextmanager
def prepared(
    job: FullJob, world: World, *, keeps: bool = True
) -> Iterator[tuple[FullTraining, Outline, TrainingPictures]]:
    """Yield the training where it was left, what it is, and its images.

    Args:
        job: the task.
        world: the processes that share it.
        keeps: whether the split of the images is written down.

    Raises:
        WorkbenchError: the job cannot be done as it is, or has diverged.
    """
    placement = place(job.device)
    with reproducible(placement.device), _as_training_errors():
        outline, pictures = _open(job, world.size, keeps=keeps)
        training = FullTraining(
            job.spec,
            outline.plan,
            pictures,
            placement=placement,
            world=world,
            workers=job.workers,
            initial=job.initial,
        )
        training.resume(job.folder / CHECKPOINT)
        yield training, replace(outline, updates_done=training.updates_done), pictures


def _open(job: FullJob, processes: int, *, keeps: bool) -> tuple[Outline, TrainingPictures]:
    """Return what a job is, from its beginning, and its images."""
    pictures = open_pictures(
        job.source,
        size=job.recipe.eval_size,
        seed=job.seed,
        cache_dir=job.folder / IMAGES if keeps else None,
    )
    num_images, num_classes = len(pictures.train), len(pictures.class_names)
    recipe = job.recipe
    # What version 0.1.0 started has the paper's values wherever none are set.
    if recorded_recipe(job.folder / CHECKPOINT) != recipe.id:
        recipe = complete(
            recipe,
            num_images,
            seed=job.seed,
            processes=processes,
            fine_tunes=job.initial is not None,
        )
    outline = Outline(
        plan=FullPlan(recipe, num_images, job.seed),
        num_val=len(pictures.val),
        num_classes=num_classes,
        notes=pictures.notes + JudgingImages(len(pictures.val)).notes,
        processes=processes,
        updates_done=0,
        changes=changes(job.recipe, recipe),
        starts_from=None if job.initial is None else job.initial.describe(num_classes),
    )
    return outline, pictures


def _write_json(path: Path, content: object) -> None:
    write_text(path, json.dumps(content, indent=1))


@contextlib.contextmanager
def _as_training_errors() -> Iterator[None]:
    """Convert divergence and a lack of GPU memory to an error with the remedy."""
    try:
        yield
    except NonFiniteLossError as problem:
        raise TrainingError(
            f"the training diverged: {problem} Lower `peak_rate=` or lengthen "
            "`warmup_updates=`, and give another `out=`."
        ) from None
    except torch.OutOfMemoryError as problem:
        raise TrainingError(
            f"the GPU is out of memory ({str(problem).splitlines()[0]}). Lower `device_batch=`; "
            "`batch_size=` may stay, gradients are accumulated."
        ) from None
