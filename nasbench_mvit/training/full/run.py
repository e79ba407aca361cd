"""Runs a full training to its end, from where it was left."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import torch

from nasbench_mvit.errors import TrainingError
from nasbench_mvit.io.json_text import json_text
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.models.weights.checkpoint import save_model
from nasbench_mvit.training.common.device import place, reproducible
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.description import description_of
from nasbench_mvit.training.full.job import CHECKPOINT, RECIPE, WEIGHTS, FullJob
from nasbench_mvit.training.full.loop import FullTraining
from nasbench_mvit.training.full.outline import Outline, open_job
from nasbench_mvit.training.full.tasks.contract import FullTask
from nasbench_mvit.training.full.watcher import EpochReport, Watcher
from nasbench_mvit.training.full.watchers.history import HISTORY, History
from nasbench_mvit.training.proxy.result import NonFiniteLossError

MakeWatchers = Callable[[Mapping[str, Any]], AbstractContextManager[Sequence[Watcher]]]


def run_job(
    job: FullJob,
    world: World,
    *,
    announce: Callable[[Outline], None],
    watchers: MakeWatchers,
) -> EpochReport:
    """Train to the end and save the network; return the last scores.

    Args:
        job: the task.
        world: the processes that share it.
        announce: told what is about to be done, in the first process.
        watchers: makes those who watch the first process until its files are written, from what
            ``recipe.json`` says.

    Raises:
        WorkbenchError: the job cannot be done as it is, or has diverged.
        OSError: the folder cannot be written.
    """
    with prepared(job, world) as (training, outline, task), contextlib.ExitStack() as stack:
        watching: list[Watcher] = []
        if world.is_first:
            announce(outline)
            description = description_of(job, outline)
            write_text(job.folder / RECIPE, json_text(description, indent=1))
            watching = [
                History(job.folder / HISTORY, training.curve),
                *task.watchers(
                    outline.plan.recipe, training.curve, fine_tunes=job.initial is not None
                ),
                *stack.enter_context(watchers(description)),
            ]
        training.run(watching, checkpoint=job.folder / CHECKPOINT, every=job.every)
        if world.is_first:
            notes = task.weights_notes(job.recipe, job.seed)
            save_model(job.folder / WEIGHTS, training.average, job.spec, notes)
    return training.curve[-1]


@contextlib.contextmanager
def prepared(
    job: FullJob, world: World, *, keeps: bool = True
) -> Iterator[tuple[FullTraining, Outline, FullTask]]:
    """Yield the training where it was left, what it is, and its task.

    Args:
        job: the task.
        world: the processes that share it.
        keeps: whether the split of the images is written down.

    Raises:
        WorkbenchError: the job cannot be done as it is, or has diverged.
    """
    placement = place(job.device)
    with reproducible(placement.device), _as_training_errors():
        outline, task = open_job(job, world.size, keeps=keeps)
        training = FullTraining(
            job.spec,
            outline.plan,
            task,
            placement=placement,
            world=world,
            workers=job.workers,
            initial=job.initial,
        )
        training.resume(job.folder / CHECKPOINT)
        yield training, replace(outline, updates_done=training.updates_done), task


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
