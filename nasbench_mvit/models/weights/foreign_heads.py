"""The parameter names of SSDLite and DeepLabv3 in other implementations.

Read in transformers ``models/mobilevit/modeling_mobilevit.py``
(``MobileViTForSemanticSegmentation``) and ml-cvnets ``cvnets/models/detection/ssd.py``,
``cvnets/modules/ssd_heads.py``, ``cvnets/models/segmentation/heads/deeplabv3.py`` and
``cvnets/modules/aspp_block.py``. timm has neither.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from nasbench_mvit.architecture.heads import SSDLiteHead, TaskHead
from nasbench_mvit.models.heads.anchors import ANCHORS_PER_CELL, STRIDES

NUM_BRANCHES = 4
NUM_EXTRA = 3


@dataclass(frozen=True, kw_only=True)
class PyramidLayout:
    """The names of DeepLabv3 in one source; ``backbone`` precedes those of its backbone."""

    backbone: str
    branch: str
    pooled: str
    project: str
    classifier: str


@dataclass(frozen=True, kw_only=True)
class BoxesLayout:
    """The names of SSDLite in one source; ``{s}`` is the stride of a map, ``{i}`` its index."""

    backbone: str
    projection: str
    extra: str
    pooled: str
    predictor: str
    depthwise: str
    pointwise: str
    classifier: str


HEAD_LAYOUTS: dict[tuple[str, str], PyramidLayout | BoxesLayout] = {
    ("segmentation", "transformers"): PyramidLayout(
        backbone="",
        branch="segmentation_head.aspp.convs.{i}",
        pooled="segmentation_head.aspp.convs.4.conv_1x1",
        project="segmentation_head.aspp.project",
        classifier="segmentation_head.classifier.convolution",
    ),
    ("segmentation", "ml-cvnets"): PyramidLayout(
        backbone="encoder.",
        branch="seg_head.aspp.aspp_layer.convs.{i}",
        pooled="seg_head.aspp.aspp_layer.convs.4.aspp_pool.conv_1x1",
        project="seg_head.aspp.aspp_layer.project",
        classifier="seg_head.classifier.block.conv",
    ),
    ("detection", "ml-cvnets"): BoxesLayout(
        backbone="encoder.",
        projection="ssd_heads.{i}.proj_layer",
        extra="extra_layers.os_{s}",
        pooled="extra_layers.os_-1.1.block.conv",
        predictor="ssd_heads.{i}.loc_cls_layer",
        depthwise="dw_conv",
        pointwise="pw_conv",
        classifier="ssd_heads.5.loc_cls_layer.block.conv",
    ),
}
#: The name by which weights of a task are known, and what is before the names of their backbone.
BACKBONES = {f"{layout.classifier}.weight": layout.backbone for layout in HEAD_LAYOUTS.values()}


def head_modules(
    head: TaskHead, projected: tuple[bool, bool], source: str, conv: str, norm: str
) -> Iterator[tuple[str, str]]:
    """Yield each module with weights of a head, and its path in a source.

    Args:
        head: the head.
        projected: whether SSDLite projects the map of stage 4, and that of stage 5.
        source: one of those of ``HEAD_LAYOUTS``.
        conv: name of the convolution of a unit there.
        norm: name of its normalisation.
    """
    names = HEAD_LAYOUTS[head.task, source]
    if isinstance(names, BoxesLayout):
        units, plain = _boxes(names, projected, conv)
    else:
        units, plain = _pyramid(names)
    for ours, theirs in units.items():
        yield f"{ours}.conv", f"{theirs}.{conv}"
        yield f"{ours}.norm", f"{theirs}.{norm}"
    yield from plain.items()


def _pyramid(names: PyramidLayout) -> tuple[dict[str, str], dict[str, str]]:
    aspp = "task_head.aspp"
    units = {f"{aspp}.branches.{i}": names.branch.format(i=i) for i in range(NUM_BRANCHES)}
    units |= {f"{aspp}.pooled": names.pooled, f"{aspp}.project": names.project}
    return units, {"task_head.classifier": names.classifier}


def _boxes(
    names: BoxesLayout, projected: tuple[bool, bool], conv: str
) -> tuple[dict[str, str], dict[str, str]]:
    units: dict[str, str] = {}
    plain = {"task_head.pooled": names.pooled}
    for i, is_projected in enumerate(projected):
        if is_projected:
            units[f"task_head.projections.{i}"] = names.projection.format(i=i)
    for i, stride in zip(range(NUM_EXTRA), STRIDES[2:], strict=True):
        for part, name in (("depthwise", names.depthwise), ("pointwise", names.pointwise)):
            units[f"task_head.extra.{i}.{part}"] = f"{names.extra.format(s=stride)}.{name}"
    last = len(ANCHORS_PER_CELL) - 1
    for i in range(last):
        ours, theirs = f"task_head.predictors.{i}", names.predictor.format(i=i)
        units[f"{ours}.depthwise"] = f"{theirs}.{names.depthwise}"
        plain[f"{ours}.pointwise"] = f"{theirs}.{names.pointwise}.{conv}"
    plain[f"task_head.predictors.{last}"] = names.classifier
    return units, plain


def projected_by(head: TaskHead, channels: tuple[int, int]) -> tuple[bool, bool]:
    """Return whether SSDLite projects the maps of stages 4 and 5, which have these widths."""
    if not isinstance(head, SSDLiteHead):
        return False, False
    return channels[0] != head.channels_16, channels[1] != head.channels_32
