"""Batches of annotated images for a full training, decoded by worker processes.

What an image looks like depends on (seed, epoch, position) alone, as with labelled ones.
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedImage, AnnotatedImages
from nasbench_mvit.training.images.annotated.augmentation import random_view, resized
from nasbench_mvit.training.images.annotated.batches import AnnotatedBatch, collated
from nasbench_mvit.training.images.decoders import Source, decoded
from nasbench_mvit.training.images.loader import View, Walk, shares

Loader = Generator[AnnotatedBatch, None, None]


@dataclass(frozen=True)
class AnnotatedTrainingViews:
    """Random views of images."""

    images: AnnotatedImages
    seed: int

    def __call__(self, view: View) -> AnnotatedImage | DataError:
        """Return a view."""
        rng = np.random.default_rng((self.seed, view.epoch, view.position))
        try:
            return random_view(self.images[view.image], view.size, rng)
        except DataError as error:
            return error


@dataclass(frozen=True)
class AnnotatedEvaluationViews:
    """Whole images, scaled to squares."""

    images: AnnotatedImages
    size: int

    def __call__(self, index: int) -> AnnotatedImage | DataError:
        """Return an image."""
        try:
            return resized(self.images[index], self.size)
        except DataError as error:
            return error


def training_batches(
    images: AnnotatedImages, plan: FullPlan, first_update: int, world: World, *, workers: int
) -> Loader:
    """Yield this process's passes of each update from ``first_update`` on, to the end.

    Raises:
        DataError: an image cannot be read, or a process that decodes them fails.
    """
    walk = Walk(plan, first_update, world)
    return decoded(
        Source(AnnotatedTrainingViews(images, plan.seed), collated, walk), workers=workers
    )


def evaluation_batches(
    images: AnnotatedImages, size: int, world: World, *, batch_size: int, workers: int
) -> Loader:
    """Yield this process's share of all images, each once, as squares of side ``size``.

    Raises:
        DataError: an image cannot be read, or a process that decodes them fails.
    """
    batches = shares(len(images), world, batch_size)
    source = Source(AnnotatedEvaluationViews(images, size), collated, batches)
    return decoded(source, workers=min(workers, len(batches)))
