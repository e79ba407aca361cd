"""The layers of a rival and the costs of each, in the rows and the convention of ``layers``.

Arrays hold one network, (1,). The 1×1 convolutions of squeeze-and-excite and the layer on pooled
features, which MobileNetV3's authors write as a convolution too, act on maps of one pixel.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nasbench_mvit.architecture.rival_tables import (
    BottleneckRow,
    MobileNetTable,
    VisionTransformerTable,
)
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.strides import STEM_STRIDE
from nasbench_mvit.cost.head_layers import head_layers
from nasbench_mvit.cost.layer import (
    IMAGE_CHANNELS,
    Activation,
    Layer,
    Map,
    ceil_div,
    conv,
    linear,
    norm,
    square,
)
from nasbench_mvit.cost.layers import STEM_KERNEL, transformer
from nasbench_mvit.cost.spec_arrays import Counts, HeadArrays


def rival_layers(
    rival: RivalSpec, num_classes: int | None = None, resolution: int | None = None
) -> Iterator[Layer]:
    """Yield the rows in the order of execution.

    Args:
        rival: the network.
        num_classes: classes, in detection without background; the usual ones of the task when None.
        resolution: side of the input; the rival's own when None. The parameters are always those
            at its own resolution.
    """
    side = rival.resolution if resolution is None else resolution
    image = square(_one(IMAGE_CHANNELS), _one(side))
    heads = HeadArrays.of([rival.task_head])
    classes = heads.usual_classes if num_classes is None else _one(num_classes)
    if isinstance(rival.table, MobileNetTable):
        return _mobilenet(rival.table, image, heads, classes)
    return _vision_transformer(rival.table, image, classes, rival.resolution)


def _mobilenet(
    table: MobileNetTable, image: Map, heads: HeadArrays, classes: Counts
) -> Iterator[Layer]:
    here = square(_one(table.stem), ceil_div(image.height, STEM_STRIDE))
    yield _by(table.activation, conv("stem", "conv", _one(), image, here, STEM_KERNEL))
    steps, fourth = table.steps(int(heads.output_stride[0])), here
    for index, (row, (stride, _)) in enumerate(zip(table.bottlenecks, steps, strict=True)):
        if index == table.stage_ends[1]:
            fourth = here
        source, here = here, square(_one(row.channels), ceil_div(here.height, stride))
        yield from _bottleneck(f"bottlenecks.{index}", row, source, here)
    if heads.detection.any() or heads.segmentation.any():
        yield from head_layers(heads, fourth, here, classes)
        return
    last, pooled = square(_one(table.head), here.height), square(_one(table.head), _one())
    yield _by(table.activation, conv("head", "pointwise", _one(), here, last, 1))
    if table.features:
        wide = square(_one(table.features), _one())
        yield _by(table.activation, conv("features", "pointwise", _one(), pooled, wide, 1,
                                         then="bias and activation"))  # fmt: skip
        pooled = wide
    yield linear("classifier", "classifier", _one(), (pooled.channels,), classes)


def _bottleneck(name: str, row: BottleneckRow, source: Map, target: Map) -> Iterator[Layer]:
    expanded, reduced = (
        square(_one(row.hidden), source.height),
        square(_one(row.hidden), target.height),
    )
    if row.hidden != source.channels[0]:
        yield _by(row.activation, conv(f"{name}.expand", "pointwise", _one(), source, expanded, 1))
    yield _by(row.activation, conv(f"{name}.depthwise", "depthwise", _one(), expanded, reduced,
                                   row.kernel))  # fmt: skip
    if row.squeeze:
        pooled, squeezed = square(_one(row.hidden), _one()), square(_one(row.squeeze), _one())
        yield _by("relu", conv(f"{name}.squeeze.reduce", "pointwise", _one(), pooled, squeezed, 1,
                               then="bias and activation"))  # fmt: skip
        yield _by("hardsigmoid", conv(f"{name}.squeeze.expand", "pointwise", _one(), squeezed,
                                      pooled, 1, then="bias and activation"))  # fmt: skip
    yield conv(f"{name}.project", "pointwise", _one(), reduced, target, 1, then="norm")


def _vision_transformer(
    table: VisionTransformerTable, image: Map, classes: Counts, resolution: int
) -> Iterator[Layer]:
    grid = square(_one(table.dim), image.height // table.patch)
    yield conv("patches", "conv", _one(), image, grid, table.patch, then="bias")
    tokens = (_one(), grid.height**2 + 1, _one(table.dim))
    learned = (resolution // table.patch) ** 2 + 2  # positions, that of the class token, its value
    yield Layer("positions", "embedding", _one(), _one(learned * table.dim), _one(0),
                grid.elements, tokens)  # fmt: skip
    yield from transformer("layers.{}", _one(table.depth), tokens, _one(table.heads),
                           _one(table.ffn_dim), activation="gelu")  # fmt: skip
    yield norm("norm", _one(), tokens)
    yield linear("classifier", "classifier", _one(), (_one(table.dim),), classes)


def _by(activation: Activation, layer: Layer) -> Layer:
    """Return the layer with another activation than MobileViT's."""
    return replace(layer, activation=activation)


def _one(number: int = 1) -> Counts:
    return np.array([number], dtype=np.int64)
