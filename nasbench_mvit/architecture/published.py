"""The networks of the paper as data, with the paper's own figures.

Architecture: MobileViT (arXiv 2110.02178v2) Table 4 and Appendix A, which apple/ml-cvnets,
timm and Hugging Face transformers follow alike. Top-1 is on ImageNet-1k at 256 px; the iPhone 12
latencies are the authors' Core ML measurements. Each figure has its source.
"""

from dataclasses import dataclass

from nasbench_mvit.architecture.spec import BlockSpec, MobileViTSpec, StageSpec
from nasbench_mvit.errors import SpecError, unknown

BASELINES = ("mobilevit_s", "mobilevit_xs", "mobilevit_xxs")
FIGURES_TARGET = ("iPhone 12", "Core ML")  # device and runtime of the latencies below


@dataclass(frozen=True, kw_only=True)
class PublishedFigures:
    """The authors' figures for a network; ``top1`` in percent, ``latency_ms`` on an iPhone 12."""

    title: str
    params: int
    top1: float
    top1_source: str
    latency_ms: float
    latency_source: str


#                     stem  stage channels            dims             expansion dropout
_WIDTHS = {
    "mobilevit_s": (16, (32, 64, 96, 128, 160), (144, 192, 240), 4.0, 0.1),
    "mobilevit_xs": (16, (32, 48, 64, 80, 96), (96, 120, 144), 4.0, 0.1),
    "mobilevit_xxs": (16, (16, 24, 48, 64, 80), (64, 80, 96), 2.0, 0.05),
}
_MV2_DEPTHS = (1, 3, 1, 1, 1)
_BLOCK_DEPTHS = (2, 4, 3)
_FIRST_BLOCK_STAGE = 2

FIGURES = {
    "mobilevit_s": PublishedFigures(
        title="MobileViT-S",
        params=5_578_632,
        top1=78.4,
        top1_source="arXiv 2110.02178v2 Table 6",
        latency_ms=9.85,
        latency_source="arXiv 2110.02178v2 Table 6",
    ),
    "mobilevit_xs": PublishedFigures(
        title="MobileViT-XS",
        params=2_317_848,
        top1=74.8,
        top1_source="arXiv 2110.02178v2 Table 3",
        latency_ms=7.28,
        latency_source="arXiv 2110.02178v2 Table 3",
    ),
    "mobilevit_xxs": PublishedFigures(
        title="MobileViT-XXS",
        params=1_272_024,
        top1=69.0,
        top1_source="arXiv 2206.02680 Table 2",
        latency_ms=4.8,
        latency_source="arXiv 2206.02680 Table 2",
    ),
}


def published(
    name: str, *, patches: tuple[int, int, int] = (2, 2, 2), resolution: int = 256
) -> MobileViTSpec:
    """Return the paper's ``mobilevit_s``, ``mobilevit_xs`` or ``mobilevit_xxs``.

    Args:
        name: one of ``BASELINES``.
        patches: side of the square patches on stages 3, 4 and 5; the paper's Table 6 compares
            (2, 2, 2), (3, 3, 3), (4, 4, 4) and (8, 4, 2).
        resolution: deployment size in pixels.

    Raises:
        SpecError: the name is unknown.
    """
    if name not in _WIDTHS:
        raise SpecError(unknown("published network", name, _WIDTHS))
    stem, channels, dims, expansion, dropout = _WIDTHS[name]
    blocks: list[BlockSpec | None] = [None] * _FIRST_BLOCK_STAGE
    for dim, depth, patch in zip(dims, _BLOCK_DEPTHS, patches, strict=True):
        blocks.append(BlockSpec(dim=dim, depth=depth, patch=(patch, patch)))
    return MobileViTSpec(
        stem_channels=stem,
        stages=tuple(
            StageSpec(channels=width, expansion=expansion, mv2_depth=mv2_depth, block=block)
            for width, mv2_depth, block in zip(channels, _MV2_DEPTHS, blocks, strict=True)
        ),
        dropout=dropout,
        resolution=resolution,
    )
