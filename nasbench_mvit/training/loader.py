"""Batches of images for a full training, decoded by worker processes.

Axes: B images, C channels, H rows, W columns.

What an image looks like depends on (seed, epoch, position) alone, so neither the number of workers
nor an interruption changes it.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.full_recipe import FullPlan
from nasbench_mvit.training.images import UInt8Array
from nasbench_mvit.training.pictures import Pictures
from nasbench_mvit.training.transforms import Evaluation, random_view
from nasbench_mvit.training.world import World


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
Item = tuple[UInt8Array, int] | DataError
Loader = Generator[Labelled, None, None]


@dataclass(frozen=True)
class TrainingViews(Dataset[Item]):
    """Random crops of images."""

    pictures: Pictures
    plan: FullPlan

    def __getitem__(self, view: View) -> Item:
        """Return a crop, (3, size, size), and its label."""
        rng = np.random.default_rng((self.plan.seed, view.epoch, view.position))
        try:
            picture = self.pictures.picture(view.image)
        except DataError as error:
            return error
        crop = random_view(picture, view.size, min_crop=self.plan.recipe.min_crop, rng=rng)
        return crop, int(self.pictures.labels[view.image])


@dataclass(frozen=True)
class EvaluationViews(Dataset[Item]):
    """Centre crops of images."""

    pictures: Pictures
    evaluation: Evaluation

    def __getitem__(self, index: int) -> Item:
        """Return a crop, (3, crop, crop), and its label."""
        try:
            picture = self.pictures.picture(index)
        except DataError as error:
            return error
        return self.evaluation(picture), int(self.pictures.labels[index])


@dataclass(frozen=True)
class _Walk:
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
        DataError: an image cannot be read.
    """
    walk = _Walk(plan, first_update, world)
    return _checked(_loader(TrainingViews(pictures, plan), walk, workers))


def evaluation_batches(
    pictures: Pictures, evaluation: Evaluation, world: World, *, batch_size: int, workers: int
) -> Loader:
    """Yield this process's share of all images, each once.

    Raises:
        DataError: an image cannot be read.
    """
    own = list(world.own(len(pictures)))
    batches = [own[start : start + batch_size] for start in range(0, len(own), batch_size)]
    return _checked(_loader(EvaluationViews(pictures, evaluation), batches, workers))


def _loader(
    views: Dataset[Item], batches: "_Walk | Sequence[list[int]]", workers: int
) -> "DataLoader[Labelled | DataError]":
    return DataLoader(
        views,  # type: ignore[arg-type]
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=_collate,
        pin_memory=torch.cuda.is_available(),
    )


def _collate(items: Sequence[Item]) -> Labelled | DataError:
    images, labels = [], []
    for item in items:
        if isinstance(item, DataError):
            return item
        images.append(item[0])
        labels.append(item[1])
    return Labelled(torch.from_numpy(np.stack(images)), torch.tensor(labels))


def _checked(loader: "DataLoader[Labelled | DataError]") -> Loader:
    for batch in loader:
        if isinstance(batch, DataError):
            raise batch
        yield Labelled(*batch)
