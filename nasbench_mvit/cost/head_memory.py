"""The activations of SSDLite and DeepLabv3 that are alive at once, by the convention of ``memory``.

Predictions of a map are kept until those of all are joined; logits of pixels stay at the stride of
the last map. Sizes are elements, (S,).
"""

from collections.abc import Iterator

import numpy as np

from nasbench_mvit.cost.head_layers import ANCHORS_PER_CELL, COORDINATES, PYRAMID_BRANCHES
from nasbench_mvit.cost.layer import Map, ceil_div, square
from nasbench_mvit.cost.spec_arrays import Counts, HeadArrays


def head_moments(heads: HeadArrays, fourth: Map, fifth: Map, classes: Counts) -> Iterator[Counts]:
    """Yield the elements alive beside the image at each moment of the heads that can be a peak."""
    for moment in _ssdlite(heads, fourth, fifth, COORDINATES + classes + 1):
        yield moment * heads.detection
    for moment in _deeplabv3(heads, fifth, classes):
        yield moment * heads.segmentation


def _ssdlite(heads: HeadArrays, fourth: Map, fifth: Map, outputs: Counts) -> Iterator[Counts]:
    kept = fifth.elements  # what later layers read
    for index, (source, width) in enumerate(
        ((fourth, heads.channels_16), (fifth, heads.channels_32))
    ):
        read = source._replace(channels=width).elements
        projected = source.channels != width
        beside = kept + (source.elements if source is fourth else 0)
        yield projected * (beside + read)
        yield projected * (kept + 2 * read)
        own = read * (projected | (source is fourth))  # else the map is kept anyhow
        predicted = ANCHORS_PER_CELL[index] * outputs * source.height * source.width
        yield kept + own + read
        yield kept + read + predicted
        kept = kept + predicted
    kept, here = kept - fifth.elements, fifth
    for index, width in enumerate((heads.channels_64, heads.channels_128, heads.channels_256)):
        source, here = here, square(width, ceil_div(here.height, 2))
        reduced = here._replace(channels=source.channels).elements
        predicted = ANCHORS_PER_CELL[index + 2] * outputs * here.height * here.width
        yield kept + source.elements + reduced
        yield kept + reduced + here.elements
        yield kept + 2 * here.elements + predicted
        kept = kept + predicted
    yield kept + here.elements + here.channels
    yield kept + here.channels + heads.channels_pooled
    last = ANCHORS_PER_CELL[-1] * outputs
    yield kept + heads.channels_pooled + np.maximum(heads.channels_pooled, last)
    yield 2 * (kept + last)


def _deeplabv3(heads: HeadArrays, source: Map, classes: Counts) -> Iterator[Counts]:
    view = source._replace(channels=heads.aspp_channels).elements
    convolved = PYRAMID_BRANCHES - 1
    yield (convolved - 1) * view + source.elements + 2 * view
    yield convolved * view + source.elements + source.channels
    yield convolved * view + heads.aspp_channels + PYRAMID_BRANCHES * view
    yield (PYRAMID_BRANCHES + 1) * view
    yield view + source._replace(channels=classes).elements
