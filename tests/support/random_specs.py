"""Random valid networks over every parameter of a spec, beyond what any search space holds."""

from dataclasses import replace
from typing import Any

import numpy as np

from nasbench_mvit.architecture.block import KERNELS, BlockSpec
from nasbench_mvit.architecture.heads import DeepLabv3Head, SSDLiteHead, TaskHead
from nasbench_mvit.architecture.spec import MobileViTSpec, StageSpec
from nasbench_mvit.architecture.strides import OUTPUT_STRIDES

EXPANSIONS = (0.5, 1.0, 1.7, 2.0, 3.0, 4.0)
PATCH_SIDES = (1, 2, 3, 4)


def random_block(rng: np.random.Generator) -> BlockSpec:
    heads = int(rng.choice([1, 2, 3, 4]))
    dim = heads * int(rng.integers(2, 13))
    return BlockSpec(
        dim=dim,
        depth=int(rng.integers(1, 4)),
        patch=(int(rng.choice(PATCH_SIDES)), int(rng.choice(PATCH_SIDES))),
        ffn_ratio=int(rng.integers(max(1, dim // 4), 3 * dim)) / dim,
        heads=heads,
        kernel=int(rng.choice(KERNELS)),
        fusion=bool(rng.integers(2)),
    )


def random_parts(rng: np.random.Generator) -> dict[str, Any]:
    """Return parts of a block in any combination, beyond those of the papers."""
    return {
        "local": str(rng.choice(["dense", "depthwise"])),
        "attention": str(rng.choice(["softmax", "separable"])),
        "fusion": str(rng.choice(["none", "input", "local"])),
        "fusion_kernel": [None, *KERNELS][int(rng.integers(4))],
        "projection": str(rng.choice(["separate", "fused"])),
        "residual": bool(rng.integers(2)),
        "activation": bool(rng.integers(2)),
    }


def random_family_spec(rng: np.random.Generator, resolution: int) -> MobileViTSpec:
    """Return a small network whose blocks mix the parts of v1, v2 and v3."""
    spec = random_spec(rng, resolution)
    stages = tuple(
        stage
        if stage.block is None
        else replace(stage, block=replace(stage.block, **random_parts(rng)))
        for stage in spec.stages
    )
    head = spec.head_expansion if rng.integers(2) else 0.0
    return replace(spec, stages=stages, head_expansion=head)


def random_spec(rng: np.random.Generator, resolution: int) -> MobileViTSpec:
    """Return a small network; MobileViT blocks may stand on any of the last four stages."""
    stages = tuple(
        StageSpec(
            channels=int(rng.integers(3, 40)),
            expansion=float(rng.choice(EXPANSIONS)),
            mv2_depth=int(rng.integers(1, 4)),
            block=random_block(rng) if index > 0 and rng.random() < 0.6 else None,
        )
        for index in range(5)
    )
    return MobileViTSpec(
        stages=stages,
        stem_channels=int(rng.integers(2, 24)),
        head_expansion=float(rng.choice([0.5, 1.3, 4.0, 40.0])),
        resolution=resolution,
    )


def random_head(rng: np.random.Generator, task: str) -> TaskHead:
    """Return a head of narrow widths, which now and then are those of the maps they read."""
    widths = [int(rng.integers(3, 40)) for _ in range(6)]
    if task == "detection":
        names = ("16", "32", "64", "128", "256", "pooled")
        return SSDLiteHead(
            **{f"channels_{name}": width for name, width in zip(names, widths, strict=True)}
        )
    return DeepLabv3Head(
        aspp_channels=widths[0],
        atrous_rate=int(rng.integers(1, 8)),
        output_stride=int(rng.choice(OUTPUT_STRIDES)),
    )
