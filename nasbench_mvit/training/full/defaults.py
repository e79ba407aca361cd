"""The values of a recipe that are not set: the paper's, adapted to few images and to fine-tuning.

The paper trains to classify on 1.28 million images. On N images, and with those values that are set
kept,

* an update has the largest power of two of images of which an epoch has 50 updates, 16 to the
  paper's batch (1,024 to classify, 128 else); a device takes at once what is its share of them, at
  most what the paper's does (128; 32);
* the peak rate goes with the square root of that batch, as Adam's steps ask for (Malladi et al.,
  arXiv 2205.10287), and begins and ends at the shares of it at which the paper's does;
* one update in 20 at most warms up, the average of the weights looks back over one in 40 at most
  (16 to segment), and the statistics of batch normalisation, ten updates in the paper, over one in
  100 at most, but three or more: with lagging ones a network that has learned is scored as if it
  had not.

To classify, this is the paper's recipe from 51,200 images and 80,000 updates on, and a network that
starts from trained weights has 30 epochs, half the peak rate and crops of a quarter of an image or
more. To detect or segment the paper starts from a trained backbone itself.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.errors import TrainingError, listed
from nasbench_mvit.io.validation import validate
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.recipe import PAPER, UNUSED, FullRecipe

UPDATES_PER_EPOCH = 50
SMALLEST_BATCH = 16
WARM_UP_SHARE, NORM_SHARE = 20, 100
# To segment, the paper has some 40,000 updates on VOC and COCO, and the same average.
AVERAGE_SHARE: Mapping[Task, int] = {"classification": 40, "detection": 40, "segmentation": 16}
LARGEST_MOMENTUM = 0.3
FINE_TUNING = {"epochs": 30, "peak_rate": 1e-3, "min_crop": 0.25}


class Change(NamedTuple):
    """A value that is not the paper's, though it was not set: the field, and both values."""

    field: str
    paper: Any
    value: Any


def of_task(recipe: FullRecipe, task: Task) -> FullRecipe:
    """Return a recipe in which what is not set has the paper's value for a task, still as not set.

    Raises:
        TrainingError: a value that is set is of labelled images alone, or does not go with others.
    """
    given = recipe.model_dump(include=recipe.model_fields_set)
    values = PAPER[task].model_dump() | given
    if unused := [f"`{name}=`" for name in UNUSED[task] if name in given]:
        raise TrainingError(
            f"{task} has no use for {listed(unused)}: it has labels of its own, and scales "
            "images to squares of `eval_size=`. Leave it out."
        )
    if task != "classification":
        values["eval_resize"] = values["eval_size"]
    sizes = {name: values[name] for name in ("eval_resize", "eval_size")}
    validate(given | sizes, FullRecipe, TrainingError, where="the recipe")
    return FullRecipe.model_construct(recipe.model_fields_set, **values)


def complete(
    recipe: FullRecipe,
    num_images: int,
    *,
    seed: int,
    task: Task = "classification",
    processes: int = 1,
    fine_tunes: bool = False,
) -> FullRecipe:
    """Return the recipe with every unset field filled in.

    Args:
        recipe: the values that are set.
        num_images: number of images to train on.
        seed: seed of the training.
        task: of the network.
        processes: number of processes that share each update.
        fine_tunes: whether the network starts from trained weights.

    Raises:
        TrainingError: values that are set do not go with the images.
    """
    paper, given = PAPER[task], recipe.model_dump(include=recipe.model_fields_set)
    tunes = FINE_TUNING if fine_tunes and task == "classification" else {}
    values = dict(of_task(recipe, task)) | tunes | given
    values |= _batches(given, paper, num_images, processes) | given
    scale = math.sqrt(min(1.0, values["batch_size"] / paper.batch_size))
    rate = values["peak_rate"] * scale
    rate = max(rate, given.get("initial_rate", 0), given.get("final_rate", 0))
    rate = given.get("peak_rate", rate)
    ends = {
        name: value if rate == paper.peak_rate else rate / round(paper.peak_rate / value)
        for name, value in (
            ("initial_rate", paper.initial_rate), ("final_rate", paper.final_rate),
        )
    }  # fmt: skip
    values |= {"peak_rate": rate} | ends | given
    updates = FullPlan(_recipe(values | {"warmup_updates": 0}), num_images, seed).updates
    longest = 1 / (1 - paper.ema_decay)  # updates that the paper's average looks back over
    look_back = updates / AVERAGE_SHARE[task]
    momentum = min(LARGEST_MOMENTUM, NORM_SHARE / updates)
    short = {
        "warmup_updates": min(paper.warmup_updates, updates // WARM_UP_SHARE),
        "ema_decay": paper.ema_decay if look_back > longest else max(0.0, 1 - 1 / look_back),
        "batchnorm_momentum": max(paper.batchnorm_momentum, momentum),
    }
    return _recipe(values | short | given)


def changes(
    asked: FullRecipe, used: FullRecipe, task: Task = "classification"
) -> tuple[Change, ...]:
    """Return the values of a completed recipe that are neither set nor the paper's."""
    return tuple(
        Change(field, paper, getattr(used, field))
        for field, paper in PAPER[task]
        if field not in {*asked.model_fields_set, *UNUSED[task]} and getattr(used, field) != paper
    )


def _batches(
    given: dict[str, Any], paper: FullRecipe, num_images: int, processes: int
) -> dict[str, int]:
    """Return images of an update, and of a device at once, that go with what is set."""
    at_once = given.get("device_batch", 1)
    wanted = max(min(SMALLEST_BATCH, num_images), num_images // UPDATES_PER_EPOCH)
    power = min(paper.batch_size, 2 ** (max(2, wanted).bit_length() - 1))
    batch = given.get("batch_size", max(1, power // at_once) * at_once)
    share = batch // processes if batch % processes == 0 else batch
    fitting = (size for size in range(paper.device_batch, 1, -1) if share % size == 0)
    return {"batch_size": batch, "device_batch": next(fitting, share)}


def _recipe(values: dict[str, Any]) -> FullRecipe:
    """Return a recipe in which everything is set."""
    return FullRecipe.model_validate(values)
