"""Opens the images of a full training as its task."""

from pathlib import Path

from nasbench_mvit.models.weights.checkpoint import Notes
from nasbench_mvit.training.full.job import FullJob
from nasbench_mvit.training.full.tasks.annotated import AnnotatedFullTask
from nasbench_mvit.training.full.tasks.contract import FullTask
from nasbench_mvit.training.full.tasks.labelled import LabelledTask
from nasbench_mvit.training.images.annotated import unseen
from nasbench_mvit.training.images.annotated.annotated_sources import open_annotated
from nasbench_mvit.training.images.opening import TrainingPictures, open_pictures
from nasbench_mvit.training.images.unseen import validated_on_unseen


def open_task(job: FullJob, cache_dir: Path | None) -> FullTask:
    """Return the task of a job's network on its images.

    Args:
        job: the training.
        cache_dir: where the choice of validation images, and images decoded for memory, are kept.

    Raises:
        DataError: the source is unknown, missing, broken or too small.
    """
    task, size = job.spec.task, job.recipe.eval_size
    notes = Notes() if job.initial is None else job.initial.notes
    if task == "classification":
        return LabelledTask(_pictures(job, notes, cache_dir))
    data = open_annotated(job.source, task=task, size=size, seed=job.seed)
    if notes.images is not None:
        data = unseen.validated_on_unseen(data, notes.images)
    return AnnotatedFullTask(data)


def _pictures(job: FullJob, notes: Notes, cache_dir: Path | None) -> TrainingPictures:
    """Return the images, of which none validates that the initial weights were trained on."""
    size = job.recipe.eval_size
    pictures = open_pictures(job.source, size=size, seed=job.seed, cache_dir=cache_dir)
    if notes.images is None:
        return pictures
    if notes.crop in {None, size}:
        return validated_on_unseen(pictures, pictures, notes.images)
    as_seen = open_pictures(job.source, size=notes.crop, seed=job.seed, cache_dir=cache_dir)
    return validated_on_unseen(pictures, as_seen, notes.images)
