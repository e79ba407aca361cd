"""Batches of images for a full training, decoded by worker processes.

Axes: B images, C channels, H rows, W columns.

What an image looks like depends on (seed, epoch, position) alone, so neither the number of workers
nor an interruption changes it.
"""

import functools
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.images.arrays import UInt8Array
from nasbench_mvit.training.images.decoders import Source, decoded
from nasbench_mvit.training.images.pictures import Pictures
from nasbench_mvit.training.images.transforms import CentreCrop, random_view


class View(NamedTuple):
    """One showing of an image: which one, at which size, and when, which seeds its crop."""

    image: int
    size: int
    epoch: int
    position: int


class Labelled(NamedTuple):
    """Images (B, 3, H, W), uint8, with their labels (B,), int64."""

    images: Tensor
    labels: Tensor


# An error that crosses processes comes out with the other process's traceback in its message.
Item = tuple[UInt8Array, int]
Loader = Generator[Labelled, None, None]


@dataclass(frozen=True)
class TrainingViews:
    """Random crops of images."""

    pictures: Pictures
    plan: FullPlan

    def __call__(self, view: View) -> Item | DataError:
        """Return a crop, (3, size, size), and its label."""
        rng = np.random.default_rng((self.plan.seed, view.epoch, view.position))
        try:
            picture = self.pictures.picture(view.image)
        except DataError as error:
            return error
        crop = random_view(picture, view.size, min_crop=self.plan.recipe.min_crop, rng=rng)
        return crop, int(self.pictures.labels[view.image])


@dataclass(frozen=True)
class EvaluationViews:
    """Centre crops of images."""

    pictures: Pictures
    evaluation: CentreCrop

    def __call__(self, index: int) -> Item | DataError:
        """Return a crop, (3, crop, crop), and its label."""
        try:
            picture = self.pictures.picture(index)
        except DataError as error:
            return error
        return self.evaluation(picture), int(self.pictures.labels[index])


@dataclass(frozen=True)
class Walk:
    """The views of one process's passes, from an update to the end of the training."""

    plan: FullPlan
    first_update: int
    world: World

    def __iter__(self) -> Iterator[list[View]]:
        done = 0
        for epoch, end in enumerate(self.plan.epoch_ends):
            if end > self.first_update:
                yield from self._epoch(epoch, skip=max(0, self.first_update - done))
            done = end

    def _epoch(self, epoch: int, skip: int) -> Iterator[list[View]]:
        order = self.plan.order(epoch)
        for batch in self.plan.batches(epoch)[skip:]:
            rows = np.arange(batch.first, batch.first + batch.count)
            for shard in self.world.own(self.plan.recipe.shards):
                indices = order[rows % len(order), shard]
                positions = rows * self.plan.recipe.shards + shard
                yield [
                    View(index, batch.size, epoch, position)
                    for index, position in zip(indices.tolist(), positions.tolist(), strict=True)
                ]


def training_batches(
    pictures: Pictures, plan: FullPlan, first_update: int, world: World, *, workers: int
) -> Loader:
    """Yield this process's passes of each update from ``first_update`` on, to the end.

    Raises:
        DataError: an image cannot be read, or a process that decodes them fails.
    """
    walk = Walk(plan, first_update, world)
    return decoded(Source(TrainingViews(pictures, plan), _collation(), walk), workers=workers)


def evaluation_batches(
    pictures: Pictures, evaluation: CentreCrop, world: World, *, batch_size: int, workers: int
) -> Loader:
    """Yield this process's share of all images, each once.

    Raises:
        DataError: an image cannot be read, or a process that decodes them fails.
    """
    batches = shares(len(pictures), world, batch_size)
    source = Source(EvaluationViews(pictures, evaluation), _collation(), batches)
    return decoded(source, workers=min(workers, len(batches)))


def shares(count: int, world: World, batch_size: int) -> list[Sequence[int]]:
    """Return the batches of this process's share of ``count`` images to evaluate on."""
    own = world.own(count)
    return [own[start : start + batch_size] for start in range(0, len(own), batch_size)]


def _collation() -> Callable[[Sequence[Item]], Labelled]:
    """Return a function that makes a batch, with a GPU in memory that it reads by itself."""
    if not torch.cuda.is_available():
        return functools.partial(_collate, pinned=False)
    device = torch.cuda.current_device()

    def pinned(items: Sequence[Item]) -> Labelled:
        torch.cuda.set_device(device)  # of each thread; else all processes take room on the first
        return _collate(items, pinned=True)

    return pinned


def _collate(items: Sequence[Item], *, pinned: bool) -> Labelled:
    shape = (len(items), *items[0][0].shape)
    images_BCHW = torch.empty(shape, dtype=torch.uint8, pin_memory=pinned)
    np.stack([image for image, _ in items], out=images_BCHW.numpy())  # torch would start threads
    labels_B = torch.tensor([label for _, label in items])
    return Labelled(images_BCHW, labels_B.pin_memory() if pinned else labels_B)
