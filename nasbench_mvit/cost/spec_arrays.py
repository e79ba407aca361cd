"""Converts specs to integer arrays, for which the formulas are evaluated together.

Every array is over the specs, ``(S,)``. Where a spec has no MobileViT block, the block's
``present`` and ``depth`` are 0, so that its layers vanish from every sum.
"""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from operator import attrgetter
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.heads import USUAL_CLASSES, SSDLiteHead, TaskHead
from nasbench_mvit.architecture.spec import NUM_STAGES, MobileViTSpec, hidden_channels
from nasbench_mvit.architecture.strides import FULL_STRIDE, STAGE_STRIDES, STEM_STRIDE
from nasbench_mvit.errors import SpecError

Counts = NDArray[np.int64]

_NET = attrgetter("stem_channels", "head_channels", "resolution")
_STAGE = attrgetter("channels", "expansion", "mv2_depth", "block")
_BLOCK = attrgetter("dim", "depth", "ffn_dim", "heads", "kernel", "size_of_fusion")
_ABSENT = (0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1)  # avoids a division by zero
FUSION_LOCAL = 2
_NUM_NET = 3
_NUM_MV2 = 4
_NUM_STAGE = _NUM_MV2 + len(_ABSENT)
_NUM_VALUES = _NUM_NET + NUM_STAGES * _NUM_STAGE
_hidden = functools.lru_cache(maxsize=1 << 16)(hidden_channels)


@dataclass(frozen=True, slots=True)
class BlockArrays:
    """The MobileViT blocks of one stage.

    ``fusion`` is 0 for none, 1 for the input and ``FUSION_LOCAL``; ``present``, ``depthwise``,
    ``separable``, ``projected``, ``activation`` and ``residual`` are 0 or 1.
    """

    present: Counts
    dim: Counts
    depth: Counts
    ffn_dim: Counts
    heads: Counts
    kernel: Counts
    size_of_fusion: Counts
    fusion: Counts
    depthwise: Counts
    separable: Counts
    projected: Counts
    activation: Counts
    residual: Counts
    patch_h: Counts
    patch_w: Counts


@dataclass(frozen=True, slots=True)
class StageArrays:
    """One stage; the first MV2 block has its own hidden width, since its input differs."""

    channels: Counts
    first_hidden: Counts
    other_hidden: Counts
    mv2_depth: Counts
    block: BlockArrays


@dataclass(frozen=True, slots=True)
class HeadArrays:
    """The task heads; ``detection`` and ``segmentation`` are 0 or 1, widths 0 where absent."""

    detection: Counts
    segmentation: Counts
    output_stride: Counts
    usual_classes: Counts
    channels_16: Counts
    channels_32: Counts
    channels_64: Counts
    channels_128: Counts
    channels_256: Counts
    channels_pooled: Counts
    aspp_channels: Counts

    @classmethod
    def of(cls, heads: Iterable[TaskHead | None]) -> Self:
        """Collect heads, None for a classifier."""
        rows = np.array([_head(head) for head in heads], dtype=np.int64)
        return cls(*np.ascontiguousarray(rows.reshape(-1, len(fields(cls))).T))


@functools.lru_cache(maxsize=1 << 12)
def _head(head: TaskHead | None) -> tuple[int, ...]:
    """Return the numbers of a head in the order of the fields of ``HeadArrays``."""
    if head is None:
        return (0, 0, FULL_STRIDE, USUAL_CLASSES["classification"], *(0,) * 7)
    classes = USUAL_CLASSES[head.task]
    if isinstance(head, SSDLiteHead):
        return (1, 0, head.output_stride, classes, *astuple(head), 0)
    return (0, 1, head.output_stride, classes, *(0,) * 6, head.aspp_channels)


@dataclass(frozen=True, slots=True)
class SpecArrays:
    """The numbers that determine the costs of the specs."""

    stem_channels: Counts
    head_channels: Counts
    resolution: Counts
    stages: tuple[StageArrays, ...]
    heads: HeadArrays

    def strides(self) -> Iterator[Counts]:
        """Yield the strides of the stages."""
        reached = np.full_like(self.resolution, STEM_STRIDE)
        for stride in STAGE_STRIDES:
            own = np.where(reached * stride > self.heads.output_stride, 1, stride)
            yield own
            reached = reached * own

    def classes(self, num_classes: int | None) -> Counts:
        """Return the classes of each network, the usual ones of its task for None."""
        usual = self.heads.usual_classes
        return usual if num_classes is None else np.full_like(usual, num_classes)

    @classmethod
    def of(cls, specs: Iterable[MobileViTSpec], resolution: int | None = None) -> Self:
        """Collect ``specs``, all at ``resolution`` pixels, or each at its own when it is None.

        Raises:
            SpecError: ``resolution`` is not a positive number of pixels.
        """
        if resolution is not None and resolution < 1:
            raise SpecError(f"resolution must be at least 1 pixel, got {resolution}.")
        values: list[int] = []
        heads: list[TaskHead | None] = []
        for spec in specs:
            _append(values, spec)
            heads.append(spec.task_head)
        table = np.array(values, dtype=np.int64).reshape(-1, _NUM_VALUES)
        columns = np.ascontiguousarray(table.T)
        stem, head, own_resolution = columns[:_NUM_NET]
        starts = range(_NUM_NET, _NUM_VALUES, _NUM_STAGE)
        return cls(
            stem_channels=stem,
            head_channels=head,
            resolution=own_resolution if resolution is None else np.full_like(stem, resolution),
            stages=tuple(_stage(columns[start : start + _NUM_STAGE]) for start in starts),
            heads=HeadArrays.of(heads),
        )


def _stage(columns: Counts) -> StageArrays:
    """Name the ``_NUM_STAGE`` columns of one stage."""
    channels, first_hidden, other_hidden, mv2_depth = columns[:_NUM_MV2]
    block = BlockArrays(*columns[_NUM_MV2:])
    return StageArrays(channels, first_hidden, other_hidden, mv2_depth, block)


def _parts(block: BlockSpec) -> tuple[int, ...]:
    """Return fusion, depthwise, separable, projected, activation and residual as numbers."""
    return (
        FUSION_LOCAL if block.fusion == "local" else int(block.fusion),
        block.local == "depthwise",
        block.attention == "separable",
        block.is_projected,
        block.activation,
        block.residual,
    )


def _append(values: list[int], spec: MobileViTSpec) -> None:
    """Append the ``_NUM_VALUES`` numbers of ``spec``, in the order of the classes' fields."""
    values.extend(_NET(spec))
    in_channels = spec.stem_channels
    for stage in spec.stages:
        channels, expansion, mv2_depth, block = _STAGE(stage)
        first, other = _hidden(in_channels, expansion), _hidden(channels, expansion)
        values.extend((channels, first, other, mv2_depth))
        if block is None:
            values.extend(_ABSENT)
        else:
            values.append(1)
            values.extend(_BLOCK(block))
            values.extend(_parts(block))
            values.extend(block.patch)
        in_channels = channels
