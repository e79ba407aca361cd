"""FullPlan: which images each update of a full training sees, and at which rate; no torch."""

import functools
from dataclasses import dataclass

import numpy as np

from nasbench_mvit.errors import TrainingError
from nasbench_mvit.training.common.multiscale import PlannedBatch
from nasbench_mvit.training.common.schedule import warmup_cosine
from nasbench_mvit.training.full.recipe import FullRecipe
from nasbench_mvit.training.images.arrays import Int64Array

ORDER = 2**32  # stands where a position does when the order of an epoch is drawn


@dataclass(frozen=True)
class FullPlan:
    """The images and sizes of each update of a training, whatever the number of devices.

    An update is cut into ``recipe.shards`` equal parts. Eight devices take one each, a single
    device all eight in turn: gradients, sizes and images are the same.

    Attributes:
        recipe: the training.
        num_images: number of images to train on.
        seed: draws sizes and order.
    """

    recipe: FullRecipe
    num_images: int
    seed: int

    def __post_init__(self) -> None:
        recipe = self.recipe
        if self.num_images < recipe.batch_size:
            raise TrainingError(
                f"an update of {recipe.batch_size} images needs as many to train on, there are "
                f"{self.num_images}. Leave `batch_size=` and `device_batch=` out, and they are "
                "chosen by the number of images, or lower them."
            )
        if recipe.warmup_updates >= self.updates:
            raise TrainingError(
                f"a warm-up of {recipe.warmup_updates:,} updates never ends in a training of "
                f"{self.updates:,}. Leave `warmup_updates=` out, and one in 20 updates warms up, "
                "or train for more epochs."
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
        """Return the image size and a shard's number of images for each update of an epoch."""
        return self.recipe.sampler.plan(self.images_per_shard, seed=self.seed, epoch=epoch)

    def order(self, epoch: int) -> Int64Array:
        """Return the images of an epoch, (images_per_shard, shards): a column for each shard."""
        rng = np.random.default_rng((self.seed, epoch, ORDER))
        shape = (self.images_per_shard, self.recipe.shards)
        return np.resize(rng.permutation(self.num_images), shape)

    def shown(self, update: int) -> float:
        """Return about how many images the first ``update`` updates show."""
        ends = (0, *self.epoch_ends)
        return float(np.interp(update, ends, np.arange(len(ends)))) * self.num_images

    def rate(self, update: int) -> float:
        """Return the learning rate of ``update``, 0 up to ``updates`` - 1.

        Linear from the initial rate to the peak, reached after the warm-up; then half a cosine to
        the final rate, which the update after the last would have.
        """
        recipe = self.recipe
        return warmup_cosine(
            update,
            updates=self.updates,
            warmup=recipe.warmup_updates,
            peak=recipe.peak_rate,
            initial=recipe.initial_rate,
            final=recipe.final_rate,
        )
