"""FullRecipe: how a network is trained in full, by default as the paper does (§4.1); no torch.

The defaults are those of the paper and of the first release of its code (ml-cvnets
``config/classification/mobilevit_*.yaml``): 300 epochs of ImageNet-1k, 8 GPUs with 128 images each.
"""

import functools
import hashlib
import math
from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from nasbench_mvit.errors import TrainingError
from nasbench_mvit.training.common.multiscale import (
    BASE_SIZE,
    PAPER_SIZES,
    MultiScaleSampler,
    PlannedBatch,
)
from nasbench_mvit.training.images.arrays import Int64Array

ORDER = 2**32  # stands where a position does when the order of an epoch is drawn

Size = Annotated[int, Field(ge=32, le=1024)]
Rate = Annotated[float, Field(gt=0, le=1)]


class FullRecipe(BaseModel):
    """A full training. Sizes are sides of square images in pixels."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    epochs: int = Field(default=300, ge=1, le=100_000, description="passes over the images")
    batch_size: int = Field(
        default=1024,
        ge=2,
        le=2**20,
        description="images of base_size in an update, over all devices",
    )
    device_batch: int = Field(
        default=128,
        ge=2,
        le=2**16,
        description="images of base_size a device takes at once; batch normalisation sees these. "
        "Gradients are accumulated until batch_size is reached",
    )
    sizes: tuple[Size, ...] = Field(
        default=PAPER_SIZES,
        min_length=1,
        description="sizes an update draws from, each with as many images as give the pixels of "
        "base_size; one alone is the standard sampler",
    )
    base_size: Size = Field(default=BASE_SIZE, description="size at which the batches are stated")
    initial_rate: Rate = Field(default=2e-4, description="learning rate of the first update")
    peak_rate: Rate = Field(default=2e-3, description="learning rate after the warm-up")
    final_rate: Rate = Field(default=2e-4, description="where the cosine ends")
    warmup_updates: int = Field(
        default=3000, ge=0, le=10_000_000, description="updates in which the rate rises linearly"
    )
    weight_decay: float = Field(
        default=0.01, ge=0, le=10, description="decoupled weight decay on all parameters"
    )
    label_smoothing: float = Field(
        default=0.1, ge=0, lt=1, description="probability spread evenly over all classes"
    )
    ema_decay: float = Field(
        default=0.9995,
        ge=0,
        lt=1,
        description="share the average of the weights, which is what is evaluated, keeps at an "
        "update; 0 evaluates the weights themselves",
    )
    min_crop: float = Field(
        default=0.08,
        gt=0,
        le=1,
        description="smallest share of an image's area that a random resized crop keeps",
    )
    eval_resize: Size = Field(default=288, description="short side of an image to evaluate on")
    eval_size: Size = Field(default=256, description="centre crop of it")

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.batch_size % self.device_batch:
            lower = max(1, self.batch_size // self.device_batch) * self.device_batch
            raise ValueError(
                f"batch_size must be a multiple of device_batch: {self.batch_size} is none of "
                f"{self.device_batch}. The nearest are {lower} and {lower + self.device_batch}"
            )
        if self.eval_size > self.eval_resize:
            raise ValueError(
                f"a centre crop of {self.eval_size} px does not fit an image of "
                f"{self.eval_resize}. Raise eval_resize or lower eval_size"
            )
        if max(self.initial_rate, self.final_rate) > self.peak_rate:
            raise ValueError(
                f"peak_rate must be the largest rate, got {self.peak_rate} beside "
                f"{self.initial_rate} and {self.final_rate}. Lower initial_rate and final_rate"
            )
        return self

    @property
    def shards(self) -> int:
        """Number of passes of ``device_batch`` images in an update, over all devices."""
        return self.batch_size // self.device_batch

    @property
    def sampler(self) -> MultiScaleSampler:
        """What plans the sizes and batches of a shard."""
        return MultiScaleSampler(
            base_batch=self.device_batch, sizes=self.sizes, base_size=self.base_size
        )

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits, equal for equal recipes."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


@dataclass(frozen=True)
class FullPlan:
    """What each update of a training sees, whatever the number of devices.

    An update is cut into ``recipe.shards`` equal parts. Eight devices take one each, a single
    device all eight in turn: gradients, sizes and images are the same.

    Attributes:
        recipe: the training.
        num_images: to train on.
        seed: draws sizes and order.
    """

    recipe: FullRecipe
    num_images: int
    seed: int

    def __post_init__(self) -> None:
        recipe = self.recipe
        if self.num_images < recipe.batch_size:
            fits = self.num_images // recipe.device_batch * recipe.device_batch
            remedy = f"--batch-size {fits}" if fits else "--device-batch and --batch-size"
            raise TrainingError(
                f"an update of {recipe.batch_size} images needs as many to train on, there are "
                f"{self.num_images}. Lower it with {remedy}."
            )
        if recipe.warmup_updates >= self.updates:
            raise TrainingError(
                f"a warm-up of {recipe.warmup_updates:,} updates never ends in a training of "
                f"{self.updates:,}. The paper warms up for 1 in 100 updates: try "
                f"--warmup-updates {max(1, self.updates // 100)}, or train for more epochs."
            )

    @functools.cached_property
    def epoch_ends(self) -> tuple[int, ...]:
        """Number of updates done after each epoch."""
        sampler, count = self.recipe.sampler, self.images_per_shard
        lengths = [
            sampler.num_updates(count, seed=self.seed, epoch=epoch)
            for epoch in range(self.recipe.epochs)
        ]
        return tuple(int(end) for end in np.cumsum(lengths))

    @property
    def images_per_shard(self) -> int:
        """Images each shard shows in an epoch; some twice where they do not divide."""
        return -(-self.num_images // self.recipe.shards)

    @property
    def updates(self) -> int:
        """Number of updates in all."""
        return self.epoch_ends[-1]

    def batches(self, epoch: int) -> tuple[PlannedBatch, ...]:
        """Return the size and the number of a shard's images in each update of an epoch."""
        return self.recipe.sampler.plan(self.images_per_shard, seed=self.seed, epoch=epoch)

    def order(self, epoch: int) -> Int64Array:
        """Return the images of an epoch, (images_per_shard, shards): a column for each shard."""
        rng = np.random.default_rng((self.seed, epoch, ORDER))
        shape = (self.images_per_shard, self.recipe.shards)
        return np.resize(rng.permutation(self.num_images), shape)

    def rate(self, update: int) -> float:
        """Return the learning rate of ``update``, 0 up to ``updates`` - 1.

        Linear from the initial rate to the peak, reached after the warm-up; then half a cosine to
        the final rate, which the update after the last would have.
        """
        recipe = self.recipe
        if update < recipe.warmup_updates:
            rise = update / recipe.warmup_updates
            return recipe.initial_rate + rise * (recipe.peak_rate - recipe.initial_rate)
        progress = (update - recipe.warmup_updates) / (self.updates - recipe.warmup_updates)
        height = 0.5 * (1 + math.cos(math.pi * progress))
        return recipe.final_rate + height * (recipe.peak_rate - recipe.final_rate)
