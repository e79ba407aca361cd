"""The multi-scale sampler (§3.2, Fig. 5): which size and how many images each update has; no torch.

Every update draws a side length; its batch has so many images that the pixels stay the same,
b_t = (H·W·b) / (H_t·W_t). All ranks draw alike from (seed, epoch), so none waits for another and
each has as many updates. A plan is data: whoever trains, on files or on a stream, walks along it.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

PAPER_SIZES = (160, 192, 256, 288, 320)
BASE_SIZE = 256


@dataclass(frozen=True, kw_only=True)
class PlannedBatch:
    """The images of one rank in one update.

    Attributes:
        size: side of its square images in pixels.
        first: position of the first image among those of the rank in this epoch.
        count: number of images. The last batch of an epoch is filled up from the epoch's first
            images, so positions are taken modulo their number.
    """

    size: int
    first: int
    count: int


@dataclass(frozen=True, kw_only=True)
class MultiScaleSampler:
    """Draws sizes, and batches to match.

    Attributes:
        base_batch: images of a rank at ``base_size`` px.
        sizes: side lengths in pixels, drawn with equal probability. One alone is the standard
            sampler.
        keeps_base_batch: whether sizes above the base keep its batch, as the first release of
            ml-cvnets does, rather than have less. They then take more memory.
    """

    base_batch: int
    sizes: tuple[int, ...] = PAPER_SIZES
    base_size: int = BASE_SIZE
    keeps_base_batch: bool = False

    def __post_init__(self) -> None:
        if not self.sizes or min(*self.sizes, self.base_size, self.base_batch) < 1:
            raise ValueError(f"a sampler needs sizes and a batch of at least 1, got {self}.")

    @classmethod
    def standard(cls, *, base_batch: int, size: int = BASE_SIZE) -> Self:
        """Return the sampler that always has ``base_batch`` images of ``size`` px."""
        return cls(base_batch=base_batch, sizes=(size,), base_size=size)

    def batch_size(self, size: int) -> int:
        """Return the images of a rank at ``size`` px: as many pixels as the base has, or fewer."""
        scaled = self.base_size**2 * self.base_batch // size**2
        return max(1, scaled, self.base_batch if self.keeps_base_batch else 0)

    def plan(self, num_images: int, *, seed: int, epoch: int = 0) -> tuple[PlannedBatch, ...]:
        """Return the updates of one pass over ``num_images`` images, the same for every rank.

        Args:
            num_images: images of one rank, at least 1. For an endless stream: as many as the
                training is to see.
            seed: at least 0.
            epoch: at least 0.
        """
        batches, first = [], 0
        for size in self._draw(num_images, seed, epoch):
            batches.append(PlannedBatch(size=size, first=first, count=self.batch_size(size)))
            first += batches[-1].count
        return tuple(batches)

    def num_updates(self, num_images: int, *, seed: int, epoch: int = 0) -> int:
        """Return the length of that plan."""
        return len(self._draw(num_images, seed, epoch))

    def _draw(self, num_images: int, seed: int, epoch: int) -> list[int]:
        """Return the sizes of the updates that show ``num_images`` images."""
        if num_images < 1:
            raise ValueError(f"a plan needs at least one image, got {num_images}.")
        batches = np.array([self.batch_size(size) for size in self.sizes])
        rng = np.random.default_rng((seed, epoch))
        drawn = rng.integers(len(self.sizes), size=-(-num_images // int(batches.min())))
        shown = np.cumsum(batches[drawn])
        needed = int(np.searchsorted(shown, num_images)) + 1
        return [self.sizes[index] for index in drawn[:needed]]

    def expected_updates(self, num_images: int) -> float:
        """Return the mean number of updates in one pass over a rank's ``num_images`` images.

        The renewal theorem's N/μ + E[b²]/2μ², exact but for a term that vanishes with N; with one
        size the number is exact.
        """
        batches = np.array([self.batch_size(size) for size in self.sizes], float)
        if np.ptp(batches) == 0:
            return float(np.ceil(num_images / batches[0]))
        mean = batches.mean()
        return float(num_images / mean + (batches**2).mean() / (2 * mean**2))
