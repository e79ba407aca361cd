"""What a full training and an evaluation make of an image, by Pillow.

As torchvision's ``RandomResizedCrop``, ``Resize`` and ``CenterCrop``, which the authors used;
Pillow filters as it shrinks, so that no pixel is skipped. Axes: C channels, H rows, W columns.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from PIL import Image

from nasbench_mvit.training.images.arrays import UInt8Array

ASPECT_RATIOS: Final = (3 / 4, 4 / 3)
TRIES = 10

Filter = Literal["bilinear", "bicubic"]
_FILTERS: dict[Filter, Image.Resampling] = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


@dataclass(frozen=True, kw_only=True)
class CentreCrop:
    """The crop of an evaluation image: the short side is scaled, the centre kept.

    Attributes:
        resize: length that the short side is scaled to, in pixels.
        crop: side of the square that is kept.
        filter: interpolation of the scaling.
    """

    resize: int
    crop: int
    filter: Filter = "bilinear"

    def __call__(self, picture: Image.Image) -> UInt8Array:
        """Return (3, crop, crop)."""
        width, height = picture.size
        short = min(width, height)
        scaled = (self.resize * width // short, self.resize * height // short)
        left, top = ((side - self.crop) // 2 for side in scaled)
        resized = picture if scaled == picture.size else picture.resize(scaled, self._resampling)
        return _channels_first(resized.crop((left, top, left + self.crop, top + self.crop)))

    @property
    def _resampling(self) -> Image.Resampling:
        return _FILTERS[self.filter]


def random_view(
    picture: Image.Image, size: int, *, min_crop: float, rng: np.random.Generator
) -> UInt8Array:
    """Return a random window scaled to (3, size, size), mirrored in half of all cases."""
    window = random_window(picture.size, min_crop=min_crop, rng=rng)
    view = picture.crop(window).resize((size, size), Image.Resampling.BILINEAR)
    if rng.random() < 0.5:
        view = view.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return _channels_first(view)


def random_window(
    size: tuple[int, int], *, min_crop: float, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of a window of random area and shape.

    Its share of the area is uniform from ``min_crop`` to 1, the logarithm of its aspect ratio
    uniform between those of ``ASPECT_RATIOS``. Where ten draws do not fit the image, it is the
    largest centred window of an allowed shape.

    Args:
        size: width and height of the image.
        min_crop: smallest share of the area.
        rng: what draws.
    """
    width, height = size
    lowest, highest = ASPECT_RATIOS
    for _ in range(TRIES):
        area = width * height * rng.uniform(min_crop, 1)
        ratio = math.exp(rng.uniform(math.log(lowest), math.log(highest)))
        wide, high = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < wide <= width and 0 < high <= height:
            left = int(rng.integers(width - wide + 1))
            top = int(rng.integers(height - high + 1))
            return left, top, left + wide, top + high
    wide = min(width, max(1, round(height * highest)))
    high = min(height, max(1, round(width / lowest)))
    left, top = (width - wide) // 2, (height - high) // 2
    return left, top, left + wide, top + high


def _channels_first(picture: Image.Image) -> UInt8Array:
    return np.ascontiguousarray(np.asarray(picture).transpose(2, 0, 1))
