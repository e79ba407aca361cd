"""Random resized crops and flips, as MobileViT's authors train with (§4.1); made by kornia.

Axes: M images, C channels, s side of a cell, S side of a stored image.
"""

import torch
from kornia.augmentation import RandomHorizontalFlip, RandomResizedCrop
from torch import Tensor

from nasbench_mvit.training.images.transforms import ASPECT_RATIOS


class RandomCrops:
    """Cuts a random window of random size and shape from each image and mirrors half of them."""

    def __init__(self, *, cell_size: int, min_crop: float) -> None:
        """Cut windows of at least ``min_crop`` of an image's area, scaled to ``cell_size``."""
        self._crop = RandomResizedCrop(
            (cell_size, cell_size),
            scale=(min_crop, 1.0),
            ratio=ASPECT_RATIOS,
            align_corners=False,
            cropping_mode="slice",  # the faster of two on a CPU
        )
        self._flip = RandomHorizontalFlip(p=0.5)

    def __call__(self, stored_MCSS: Tensor, seed: int) -> Tensor:
        """Return the windows (M, C, s, s), a function of the images and the seed alone.

        kornia draws from the global generator of the CPU, which is put back afterwards: what a
        network draws for its dropout does not depend on the augmentation.
        """
        with torch.random.fork_rng(devices=()):
            torch.default_generator.manual_seed(seed)
            cells_MCss: Tensor = self._flip(self._crop(stored_MCSS))
        return cells_MCss
