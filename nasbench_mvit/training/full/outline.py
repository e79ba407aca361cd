"""What a full training will be, before anything of it is done."""

from dataclasses import dataclass

from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.defaults import Change, changes, complete
from nasbench_mvit.training.full.job import CHECKPOINT, IMAGES, FullJob
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.state import recorded_recipe
from nasbench_mvit.training.full.tasks.contract import FullTask
from nasbench_mvit.training.full.tasks.opening import open_task


@dataclass(frozen=True, kw_only=True)
class Outline:
    """The outline of a training before it runs.

    Attributes:
        plan: its updates.
        num_val: validation images.
        num_classes: of the images.
        notes: lines for a person, on what was taken as images and classes and what was left out.
        processes: number of processes that share each update.
        updates_done: updates done by an earlier run.
        changes: fields of the recipe that differ from the paper's although nobody has set them.
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


def outline_of(job: FullJob, processes: int) -> Outline:
    """Return the outline of a job, from its beginning, for that many processes.

    Raises:
        WorkbenchError: the job cannot be done as it is.
    """
    outline, _ = open_job(job, processes, keeps=False)
    World(0, processes).check_shards(outline.plan.recipe.shards)
    return outline


def open_job(job: FullJob, processes: int, *, keeps: bool) -> tuple[Outline, FullTask]:
    """Return the outline of a job from its beginning, and its task with its images."""
    task = open_task(job, job.folder / IMAGES if keeps else None)
    num_images, num_classes = task.num_images, len(task.class_names)
    recipe = job.recipe
    # What version 0.1.0 started has the paper's values wherever none are set.
    if recorded_recipe(job.folder / CHECKPOINT) != recipe.id:
        recipe = complete(
            recipe,
            num_images,
            task=job.spec.task,
            seed=job.seed,
            processes=processes,
            fine_tunes=job.initial is not None,
        )
    outline = Outline(
        plan=FullPlan(recipe, num_images, job.seed),
        num_val=task.num_val,
        num_classes=num_classes,
        notes=task.notes,
        processes=processes,
        updates_done=0,
        changes=changes(job.recipe, recipe, job.spec.task),
        starts_from=None if job.initial is None else job.initial.describe(num_classes),
    )
    return outline, task
