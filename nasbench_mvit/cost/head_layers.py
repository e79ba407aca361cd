"""The layers of SSDLite and DeepLabv3 and the costs of each, as ``models.heads`` builds them.

Arrays run over the specs, (S,); a spec without the head has every one of its layers zero times.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nasbench_mvit.cost.layer import Layer, Map, ceil_div, conv, square
from nasbench_mvit.cost.spec_arrays import Counts, HeadArrays

COORDINATES = 4
ANCHORS_PER_CELL = (6, 6, 6, 6, 6, 4)
KERNEL = 3
PYRAMID_BRANCHES = 5
NAME = "task_head"


def head_layers(heads: HeadArrays, fourth: Map, fifth: Map, classes: Counts) -> Iterator[Layer]:
    """Yield the layers of the heads on the maps of stages 4 and 5, in the order of execution."""
    if heads.detection.any():
        yield from _ssdlite(heads, fourth, fifth, COORDINATES + classes + 1)
    if heads.segmentation.any():
        yield from _deeplabv3(heads, fifth, classes)


def _ssdlite(heads: HeadArrays, fourth: Map, fifth: Map, outputs: Counts) -> Iterator[Layer]:
    there, one = heads.detection, np.ones_like(outputs)
    for index, (source, width) in enumerate(
        ((fourth, heads.channels_16), (fifth, heads.channels_32))
    ):
        read = source._replace(channels=width)
        projected = there * (source.channels != width)
        yield _relu(conv(f"{NAME}.projections.{index}", "pointwise", projected, source, read, 1))
        yield from _predictor(index, there, read, outputs)
    here = fifth
    widths = (heads.channels_64, heads.channels_128, heads.channels_256)
    for index, width in enumerate(widths):
        source, here = here, square(width, ceil_div(here.height, 2))
        reduced, name = here._replace(channels=source.channels), f"{NAME}.extra.{index}"
        yield conv(f"{name}.depthwise", "depthwise", there, source, reduced, KERNEL, then="norm")
        yield _relu(conv(f"{name}.pointwise", "pointwise", there, reduced, here, 1))
        yield from _predictor(index + 2, there, here, outputs)
    mean, pooled = square(here.channels, one), square(heads.channels_pooled, one)
    yield _relu(conv(f"{NAME}.pooled", "pointwise", there, mean, pooled, 1,
                     then="bias and activation"))  # fmt: skip
    last = len(ANCHORS_PER_CELL) - 1
    target = square(ANCHORS_PER_CELL[last] * outputs, one)
    yield conv(f"{NAME}.predictors.{last}", "pointwise", there, pooled, target, 1, then="bias")


def _predictor(index: int, there: Counts, here: Map, outputs: Counts) -> Iterator[Layer]:
    target, name = here._replace(channels=ANCHORS_PER_CELL[index] * outputs), f"{NAME}.predictors"
    yield conv(f"{name}.{index}.depthwise", "depthwise", there, here, here, KERNEL, then="norm")
    yield conv(f"{name}.{index}.pointwise", "pointwise", there, here, target, 1, then="bias")


def _deeplabv3(heads: HeadArrays, source: Map, classes: Counts) -> Iterator[Layer]:
    there, view = heads.segmentation, source._replace(channels=heads.aspp_channels)
    one, name = np.ones_like(classes), f"{NAME}.aspp"
    yield _relu(conv(f"{name}.branches.0", "pointwise", there, source, view, 1))
    for index in range(1, PYRAMID_BRANCHES - 1):
        yield _relu(conv(f"{name}.branches.{index}", "conv", there, source, view, KERNEL))
    mean, pooled = square(source.channels, one), square(heads.aspp_channels, one)
    yield _relu(conv(f"{name}.pooled", "pointwise", there, mean, pooled, 1))
    joined = view._replace(channels=PYRAMID_BRANCHES * heads.aspp_channels)
    yield _relu(conv(f"{name}.project", "pointwise", there, joined, view, 1))
    target = view._replace(channels=classes)
    yield conv(f"{NAME}.classifier", "pointwise", there, view, target, 1, then="bias")


def _relu(layer: Layer) -> Layer:
    return replace(layer, activation="relu")
