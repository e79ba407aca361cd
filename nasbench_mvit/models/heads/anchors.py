"""The anchors of SSDLite, and boxes as offsets from them (SSD, arXiv 1512.02325 §2.2).

Boxes are in shares of the image's width and height: as corners (x1, y1, x2, y2), anchors as centre
and size (cx, cy, w, h). Axes: N anchors, M boxes; any others may precede them.
"""

import functools
import itertools
import math

import torch
from torch import Tensor

COORDINATES = 4
STRIDES = (16, 32, 64, 128, 256)  # of the maps; the last one has a single cell
ASPECT_RATIOS = ((2, 3), (2, 3), (2, 3), (2, 3), (2, 3), (2,))
#: Two squares, and a wide and a tall rectangle of each ratio.
ANCHORS_PER_CELL = tuple(2 + 2 * len(ratios) for ratios in ASPECT_RATIOS)
SMALLEST, LARGEST = 0.1, 1.05
CENTRE_VARIANCE, SIZE_VARIANCE = 0.1, 0.2


def grids(height: int, width: int) -> tuple[tuple[int, int], ...]:
    """Return (rows, columns) of the six maps of an image in pixels."""
    return (*((-(-height // stride), -(-width // stride)) for stride in STRIDES), (1, 1))


@functools.lru_cache(maxsize=8)
def anchors(height: int, width: int) -> Tensor:
    """Return the anchors of an image in pixels, (N, 4), as centres and sizes.

    A cell has a square of its map's scale s, one of the geometric mean of s and the next scale, and
    (s·√r, s/√r) and (s/√r, s·√r) for each ratio r. Scales are evenly spaced, sizes at most 1.

    >>> anchors(320, 320).shape
    torch.Size([3232, 4])
    """
    step = (LARGEST - SMALLEST) / len(ASPECT_RATIOS)
    found: list[tuple[float, float, float, float]] = []
    for index, (rows, columns) in enumerate(grids(height, width)):
        scale = SMALLEST + index * step
        sizes = [(scale, scale), (math.sqrt(scale * (scale + step)),) * 2]
        for ratio in map(math.sqrt, ASPECT_RATIOS[index]):
            sizes += [(scale * ratio, scale / ratio), (scale / ratio, scale * ratio)]
        found += [
            ((column + 0.5) / columns, (row + 0.5) / rows, min(w, 1.0), min(h, 1.0))
            for row, column, (w, h) in itertools.product(range(rows), range(columns), sizes)
        ]
    return torch.tensor(found)


def to_corners(boxes: Tensor) -> Tensor:
    """Return boxes (…, 4) of centre and size as corners."""
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return torch.cat((centre - half, centre + half), -1)


def encode(boxes: Tensor, anchors_N4: Tensor) -> Tensor:
    """Return the offsets (…, N, 4) of one box for each anchor, given as corners (…, N, 4)."""
    centre, size = (boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]
    shift = (centre - anchors_N4[:, :2]) / anchors_N4[:, 2:] / CENTRE_VARIANCE
    return torch.cat((shift, (size / anchors_N4[:, 2:]).log() / SIZE_VARIANCE), -1)


def decode(offsets: Tensor, anchors_N4: Tensor) -> Tensor:
    """Return the corners (…, N, 4) of boxes given by offsets (…, N, 4); inverts ``encode``."""
    centre = offsets[..., :2] * CENTRE_VARIANCE * anchors_N4[:, 2:] + anchors_N4[:, :2]
    size = (offsets[..., 2:] * SIZE_VARIANCE).exp() * anchors_N4[:, 2:]
    return to_corners(torch.cat((centre, size), -1))


def iou(boxes: Tensor, others: Tensor) -> Tensor:
    """Return the intersection over union of corners (…, M, 4) and (…, N, 4), (…, M, N)."""
    low = torch.maximum(boxes[..., :, None, :2], others[..., None, :, :2])
    high = torch.minimum(boxes[..., :, None, 2:], others[..., None, :, 2:])
    common = (high - low).clamp(min=0).prod(-1)
    union = _area(boxes)[..., :, None] + _area(others)[..., None, :] - common
    return torch.where(union > 0, common / union, torch.zeros_like(common))


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)
