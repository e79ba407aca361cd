"""How long a full training takes, from a few updates and the first batches of an evaluation."""

import contextlib
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch

from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.job import FullJob
from nasbench_mvit.training.full.loop import FullTraining
from nasbench_mvit.training.full.outline import Outline
from nasbench_mvit.training.full.run import prepared
from nasbench_mvit.training.full.tasks.contract import FullBatch, Loader

WARM_UP, TIMED = 1, 3


@dataclass(frozen=True, kw_only=True)
class DurationEstimate:
    """The expected duration of a training, extrapolated from a short timing.

    Attributes:
        seconds_per_update: decoding included, as far as the network has to wait for it; 0 where
            no update is left.
        seconds_per_evaluation: time to evaluate all validation images.
        seconds: time of the rest of the training.
    """

    seconds_per_update: float
    seconds_per_evaluation: float
    seconds: float


def estimate(job: FullJob, world: World) -> tuple[Outline, DurationEstimate]:
    """Time some updates and evaluations of a job; nothing of them is kept.

    Raises:
        WorkbenchError: the job cannot be done as it is.
    """
    with prepared(job, world, keeps=False) as (training, outline, _):
        left = training.plan.updates - training.updates_done
        per_update = _seconds_per_update(training, left)
        # Enough batches that those decoded while the first was waited for are not most of them.
        marks = time_evaluation(training, 1 + TIMED * max(1, job.workers))
        own = len(world.own(outline.num_val))
        per_evaluation = evaluation_seconds(marks, own) if marks else 0.0
    epochs = training.plan.recipe.epochs - len(training.curve)
    return outline, DurationEstimate(
        seconds_per_update=per_update,
        seconds_per_evaluation=per_evaluation,
        seconds=left * per_update + epochs * per_evaluation,
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


def _now() -> float:
    """Return the time once the GPU has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


class Mark(NamedTuple):
    """A moment of an evaluation: seconds since its start, and images scored by then."""

    seconds: float
    num_images: int


def evaluation_seconds(marks: Sequence[Mark], num_images: int) -> float:
    """Return the seconds of an evaluation of ``num_images`` images.

    Args:
        marks: the end of each batch of an evaluation that ended with the last of them. What is
            beyond it takes as long an image as the batches after the first, whose time holds
            the start of what decodes images.
        num_images: at least those of the last mark.
    """
    first, last = marks[0], marks[-1]
    left = num_images - last.num_images
    if not left:
        return last.seconds
    steady = Mark(last.seconds - first.seconds, last.num_images - first.num_images)
    seconds, shown = steady if steady.num_images else last
    return last.seconds + left * seconds / shown


def time_evaluation(training: FullTraining, num_batches: int) -> list[Mark]:
    """Evaluate on this process's first batches; return when each of them was scored."""
    marks: list[Mark] = []
    shown = 0
    started = time.perf_counter()

    def marking(batches: Loader) -> Iterator[FullBatch]:
        nonlocal shown
        for batch in itertools.islice(batches, num_batches):
            yield batch
            shown += len(batch.images)
            marks.append(Mark(time.perf_counter() - started, shown))

    training.evaluate(marking)
    return marks
