"""The networks of the MobileViT papers as data, with their published figures.

Architectures: MobileViT (arXiv 2110.02178v2) Table 4 and Appendix A, which apple/ml-cvnets, timm
and Hugging Face transformers follow alike; MobileViTv2 (arXiv 2206.02680) as in ml-cvnets;
MobileViTv3 (arXiv 2209.15159) as in its authors' repository micronDLA/MobileViTv3. The figures of
each are in ``published_figures``.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.spec import MobileViTSpec, StageSpec, make_divisible
from nasbench_mvit.errors import SpecError, unknown

BASELINES = ("mobilevit_s", "mobilevit_xs", "mobilevit_xxs")

_Triple = tuple[int, int, int]
_MV2_DEPTHS = (1, 3, 1, 1, 1)
_BLOCK_DEPTHS = (2, 4, 3)
_STEM_CHANNELS = 16


@dataclass(frozen=True)
class _Size:
    """What tells S, XS and XXS apart; ``v3_channels`` are those of v3's stages 3, 4 and 5."""

    channels: tuple[int, int, int, int, int]
    dims: _Triple
    v3_channels: _Triple
    expansion: float
    dropout: float


_SIZES = {
    "s": _Size((32, 64, 96, 128, 160), (144, 192, 240), (128, 256, 320), 4.0, 0.1),
    "xs": _Size((32, 48, 64, 80, 96), (96, 120, 144), (96, 160, 160), 4.0, 0.1),
    "xxs": _Size((16, 24, 48, 64, 80), (64, 80, 96), (64, 80, 128), 2.0, 0.05),
}
_V2_WIDTHS = ("0.5", "0.75", "1.0", "1.25", "1.5", "1.75", "2.0")
_V3_WIDTHS = ("0.5", "0.75", "1.0")
_V2_STEM = (16, 64)  # narrowest and widest
_V2_MV2_DEPTHS = (1, 2, 1, 1, 1)


def _v1(size: str, patches: _Triple = (2, 2, 2)) -> MobileViTSpec:
    known = _SIZES[size]
    return _sized(size, known.channels, _BLOCK_DEPTHS, "v1", patches)


def _v3(size: str, depths: _Triple = _BLOCK_DEPTHS) -> MobileViTSpec:
    known = _SIZES[size]
    return _sized(size, (*known.channels[:2], *known.v3_channels), depths, "v3")


def _sized(
    size: str,
    channels: tuple[int, ...],
    depths: _Triple,
    parts: str,
    patches: _Triple = (2, 2, 2),
) -> MobileViTSpec:
    known = _SIZES[size]
    blocks = [
        BlockSpec.of(parts, dim=dim, depth=depth, patch=(patch, patch))
        for dim, depth, patch in zip(known.dims, depths, patches, strict=True)
    ]
    return MobileViTSpec(
        stem_channels=_STEM_CHANNELS,
        stages=_stages(channels, _MV2_DEPTHS, known.expansion, blocks),
        dropout=known.dropout,
    )


def _separable(width: str, parts: str) -> MobileViTSpec:
    """Return v2, or v3 on v2, of a width multiplier."""
    scale = float(width)
    narrow, wide = _V2_STEM
    first = make_divisible(64 * scale, 16)
    channels = (first, *(make_divisible(base * scale) for base in (128, 256, 384, 512)))
    blocks = [
        BlockSpec.of(parts, dim=count // 2, depth=depth)
        for count, depth in zip(channels[2:], _BLOCK_DEPTHS, strict=True)
    ]
    return MobileViTSpec(
        stem_channels=make_divisible(min(max(32 * scale, narrow), wide)),
        stages=_stages(channels, _V2_MV2_DEPTHS, 2.0, blocks),
        head_expansion=0.0,
        dropout=0.0,
        classifier_dropout=0.0,
    )


def _stages(
    channels: tuple[int, ...], depths: tuple[int, ...], expansion: float, blocks: list[BlockSpec]
) -> tuple[StageSpec, ...]:
    return tuple(
        StageSpec(channels=width, expansion=expansion, mv2_depth=depth, block=block)
        for width, depth, block in zip(channels, depths, (None, None, *blocks), strict=True)
    )


def _with_blocks(spec: MobileViTSpec, changes: Iterable[Mapping[str, Any]]) -> MobileViTSpec:
    """Return a network with other fields in its blocks, a mapping for each block in order."""
    change = iter(changes)
    stages = tuple(
        stage
        if stage.block is None
        else dataclasses.replace(stage, block=dataclasses.replace(stage.block, **next(change)))
        for stage in spec.stages
    )
    return dataclasses.replace(spec, stages=stages)


_ABLATED: dict[str, Callable[[], MobileViTSpec]] = {
    "mobilevit_s_no_fusion": lambda: _with_blocks(_v1("s"), [{"fusion": False}] * 3),
    "mobilevit_s_patch_3_3_3": partial(_v1, "s", (3, 3, 3)),
    "mobilevit_s_patch_4_4_4": partial(_v1, "s", (4, 4, 4)),
    "mobilevit_s_patch_8_4_2": partial(_v1, "s", (8, 4, 2)),
    "mobilevit_xs_patch_8_4_2": partial(_v1, "xs", (8, 4, 2)),
}
_NETWORKS: dict[str, Callable[[], MobileViTSpec]] = {
    **{f"mobilevit_{size}": partial(_v1, size) for size in _SIZES},
    **_ABLATED,
    **{f"mobilevitv2_{width}": partial(_separable, width, "v2") for width in _V2_WIDTHS},
    **{f"mobilevitv3_{size}": partial(_v3, size) for size in _SIZES},
    **{f"mobilevitv3_{size}_l2": partial(_v3, size, (2, 2, 3)) for size in _SIZES},
    **{f"mobilevitv3_{width}": partial(_separable, width, "v3_separable") for width in _V3_WIDTHS},
}
#: The names that ``published`` knows: 24 networks whose ImageNet top-1 is published.
PUBLISHED = tuple(_NETWORKS)
#: Those that their papers propose, without the arms of ablations.
PROPOSED = tuple(name for name in _NETWORKS if name not in _ABLATED)


def published(
    name: str, *, patches: tuple[int, int, int] | None = None, resolution: int = 256
) -> MobileViTSpec:
    """Return a network of the MobileViT papers.

    Args:
        name: one of ``PUBLISHED``: "mobilevit_s", "mobilevitv2_1.0", "mobilevitv3_xs_l2" …
        patches: side of the square patches on stages 3, 4 and 5 instead of the network's own; the
            paper's Table 6 compares (2, 2, 2), (3, 3, 3), (4, 4, 4) and (8, 4, 2).
        resolution: deployment size in pixels.

    Raises:
        SpecError: the name is unknown.

    >>> published("mobilevit_s", patches=(8, 4, 2)).stages[2].block.patch
    (8, 8)
    >>> published("mobilevitv2_1.0").stages[2].block.attention
    'separable'
    """
    if name not in tuple(_NETWORKS):  # whatever it is
        raise SpecError(unknown("published network", name, _NETWORKS))
    spec = dataclasses.replace(_NETWORKS[name](), resolution=resolution)
    if patches is None:
        return spec
    return _with_blocks(spec, [{"patch": (side, side)} for side in patches])
