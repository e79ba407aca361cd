"""The values of a recipe that are not set: the paper's, adapted to few images and to fine-tuning.

The paper trains on 1.28 million images. On N images, and with those values that are set kept,

* an update has the largest power of two of images of which an epoch has 50 updates, 16 to 1,024;
  a device takes at once what is its share of them, 128 at most;
* the peak rate goes with the square root of that batch, as Adam's steps ask for (Malladi et al.,
  arXiv 2205.10287), and begins and ends at a tenth of it, as the paper's does;
* one update in 20 at most warms up, the average of the weights looks back over one in 40 at most,
  and the statistics of batch normalisation, ten updates in the paper, over one in 100 at most, but
  three or more: with lagging ones a network that has learned is scored as if it had not.

From 51,200 images and 80,000 updates on this is the paper's recipe. A network that starts from
trained weights has 30 epochs, half the peak rate and crops of a quarter of an image or more.
"""

import math
from typing import Any, NamedTuple

from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.recipe import FullRecipe

UPDATES_PER_EPOCH = 50
SMALLEST_BATCH = 16
WARM_UP_SHARE, AVERAGE_SHARE, NORM_SHARE = 20, 40, 100
LARGEST_MOMENTUM = 0.3
FINE_TUNING = {"epochs": 30, "peak_rate": 1e-3, "min_crop": 0.25}

_PAPER = FullRecipe()


class Change(NamedTuple):
    """A value that is not the paper's, though it was not set: the field, and both values."""

    field: str
    paper: Any
    value: Any


def complete(
    recipe: FullRecipe, num_images: int, *, seed: int, processes: int = 1, fine_tunes: bool = False
) -> FullRecipe:
    """Return the recipe with every unset field filled in.

    Args:
        recipe: the values that are set.
        num_images: number of images to train on.
        seed: seed of the training.
        processes: number of processes that share each update.
        fine_tunes: whether the network starts from trained weights.

    Raises:
        TrainingError: values that are set do not go with the images.
    """
    given = recipe.model_dump(include=recipe.model_fields_set)
    values = recipe.model_dump() | (FINE_TUNING if fine_tunes else {}) | given
    values |= _batches(given, num_images, processes) | given
    scale = math.sqrt(min(1.0, values["batch_size"] / _PAPER.batch_size))
    rate = values["peak_rate"] * scale
    rate = max(rate, given.get("initial_rate", 0), given.get("final_rate", 0))
    rate = given.get("peak_rate", rate)
    low = _PAPER.initial_rate if rate == _PAPER.peak_rate else rate / 10
    values |= {"peak_rate": rate, "initial_rate": low, "final_rate": low} | given
    updates = FullPlan(_recipe(values | {"warmup_updates": 0}), num_images, seed).updates
    longest = 1 / (1 - _PAPER.ema_decay)  # updates that the paper's average looks back over
    look_back = updates / AVERAGE_SHARE
    momentum = min(LARGEST_MOMENTUM, NORM_SHARE / updates)
    short = {
        "warmup_updates": min(_PAPER.warmup_updates, updates // WARM_UP_SHARE),
        "ema_decay": _PAPER.ema_decay if look_back > longest else max(0.0, 1 - 1 / look_back),
        "batchnorm_momentum": max(_PAPER.batchnorm_momentum, momentum),
    }
    return _recipe(values | short | given)


def changes(asked: FullRecipe, used: FullRecipe) -> tuple[Change, ...]:
    """Return the values of a completed recipe that are neither set nor the paper's."""
    return tuple(
        Change(field, paper, getattr(used, field))
        for field, paper in _PAPER
        if field not in asked.model_fields_set and getattr(used, field) != paper
    )


def _batches(given: dict[str, Any], num_images: int, processes: int) -> dict[str, int]:
    """Return images of an update, and of a device at once, that go with what is set."""
    at_once = given.get("device_batch", 1)
    wanted = max(min(SMALLEST_BATCH, num_images), num_images // UPDATES_PER_EPOCH)
    power = min(_PAPER.batch_size, 2 ** (max(2, wanted).bit_length() - 1))
    batch = given.get("batch_size", max(1, power // at_once) * at_once)
    share = batch // processes if batch % processes == 0 else batch
    fitting = (size for size in range(_PAPER.device_batch, 1, -1) if share % size == 0)
    return {"batch_size": batch, "device_batch": next(fitting, share)}


def _recipe(values: dict[str, Any]) -> FullRecipe:
    """Return a recipe in which everything is set."""
    return FullRecipe.model_validate(values)
