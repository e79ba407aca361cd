"""Random valid networks over every parameter of a spec, beyond what any search space holds."""

import numpy as np

from nasbench_mvit.architecture.spec import KERNELS, BlockSpec, MobileViTSpec, StageSpec

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
