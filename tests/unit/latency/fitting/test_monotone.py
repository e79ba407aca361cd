"""A deeper, wider or larger network is never predicted to be faster."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_specs import PATCH_SIDES, random_block, random_spec

from nasbench_mvit.architecture.block import KERNELS, BlockSpec
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec, StageSpec
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.sums import FEATURES, feature_columns, feature_matrix
from nasbench_mvit.latency.fitting.ways import BASE
from nasbench_mvit.latency.predictor.physical import PhysicalModel
from nasbench_mvit.latency.predictor.predictor import load_predictor

NO_RESIZE = 32 * int(np.lcm.reduce(PATCH_SIDES))  # every map of its multiples holds whole patches
PREDICTOR = load_predictor("iphone12_coreml")


def in_block(grow: Callable[[BlockSpec], BlockSpec]) -> Callable[[StageSpec], StageSpec]:
    return lambda stage: dataclasses.replace(stage, block=stage.block and grow(stage.block))


def wider_tokens(block: BlockSpec) -> BlockSpec:
    dim = block.dim + block.heads
    ffn_dim = max(block.ffn_dim, dim // 4)
    return dataclasses.replace(block, dim=dim, ffn_ratio=ffn_dim / dim)


def wider_ffn(block: BlockSpec) -> BlockSpec:
    return dataclasses.replace(block, ffn_ratio=(block.ffn_dim + 1) / block.dim)


def more_heads(block: BlockSpec) -> BlockSpec:
    heads = next((n for n in range(block.heads + 1, 65) if block.dim % n == 0), block.heads)
    return dataclasses.replace(block, heads=heads)


def larger_kernel(block: BlockSpec) -> BlockSpec:
    larger = [kernel for kernel in KERNELS if kernel > block.kernel]
    return dataclasses.replace(block, kernel=larger[0] if larger else block.kernel)


STAGE_GROWTH: dict[str, Callable[[StageSpec], StageSpec]] = {
    "channels": lambda stage: dataclasses.replace(stage, channels=stage.channels + 1),
    "expansion": lambda stage: dataclasses.replace(stage, expansion=stage.expansion + 0.1),
    "mv2_depth": lambda stage: dataclasses.replace(stage, mv2_depth=stage.mv2_depth + 1),
    "block": lambda stage: dataclasses.replace(
        stage, block=stage.block or random_block(np.random.default_rng(stage.channels))
    ),
    "depth": in_block(lambda block: dataclasses.replace(block, depth=block.depth + 1)),
    "fusion": in_block(lambda block: dataclasses.replace(block, fusion=True)),
    "dim": in_block(wider_tokens),
    "ffn_ratio": in_block(wider_ffn),
    "heads": in_block(more_heads),
    "kernel": in_block(larger_kernel),
}
NETWORK_GROWTH: dict[str, Callable[[MobileViTSpec], MobileViTSpec]] = {
    "stem_channels": lambda spec: dataclasses.replace(spec, stem_channels=spec.stem_channels + 1),
    "head_expansion": lambda spec: dataclasses.replace(
        spec, head_expansion=spec.head_expansion + 0.2
    ),
    "resolution": lambda spec: dataclasses.replace(spec, resolution=spec.resolution + NO_RESIZE),
}


def grown(spec: MobileViTSpec, name: str, stage: int) -> MobileViTSpec:
    if name in NETWORK_GROWTH:
        return NETWORK_GROWTH[name](spec)
    stages = list(spec.stages)
    stages[stage] = STAGE_GROWTH[name](stages[stage])
    return dataclasses.replace(spec, stages=tuple(stages))


@settings(max_examples=400, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    resolution=st.sampled_from([NO_RESIZE, 2 * NO_RESIZE]),
    name=st.sampled_from([*STAGE_GROWTH, *NETWORK_GROWTH]),
    stage=st.integers(0, 4),
)
def test_growing_any_parameter_never_predicts_less(
    seed: int, resolution: int, name: str, stage: int
) -> None:
    small = random_spec(np.random.default_rng(seed), resolution)
    large = grown(small, name, stage)
    before, after = feature_matrix(SpecArrays.of([small, large]), list(FEATURES))
    assert (after >= before).all()
    ms = PREDICTOR.predict_many([small, large]).ms
    assert ms[1] >= ms[0]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    resolution=st.integers(32, 300),
    name=st.sampled_from([*STAGE_GROWTH, "stem_channels", "head_expansion"]),
    stage=st.integers(0, 4),
)
def test_with_resizes_too_depth_and_width_never_predict_less(
    seed: int, resolution: int, name: str, stage: int
) -> None:
    small = random_spec(np.random.default_rng(seed), resolution)
    ms = PREDICTOR.predict_many([small, grown(small, name, stage)]).ms
    assert ms[1] >= ms[0]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    prices=st.lists(st.floats(0, 1e-6), min_size=len(BASE), max_size=len(BASE)).filter(any),
    resolution=st.sampled_from([NO_RESIZE, 2 * NO_RESIZE]),
    name=st.sampled_from([*STAGE_GROWTH, *NETWORK_GROWTH]),
    stage=st.integers(0, 4),
)
def test_whatever_a_device_asks_for_its_parts_growing_never_predicts_less(
    seed: int, prices: list[float], resolution: int, name: str, stage: int
) -> None:
    model = PhysicalModel(coefficients=dict(zip(BASE, prices, strict=True)))
    small = random_spec(np.random.default_rng(seed), resolution)
    specs = SpecArrays.of([small, grown(small, name, stage)])
    before, after = model.predict(feature_columns(specs, model.features))
    assert after >= before


@pytest.mark.parametrize("name", sorted({*STAGE_GROWTH, *NETWORK_GROWTH} - {"kernel"}))
def test_no_parameter_is_free(name: str) -> None:
    """What is free, a search takes for nothing."""
    rng = np.random.default_rng(0)
    pairs = [
        (spec, grown(spec, name, 3)) for spec in (random_spec(rng, NO_RESIZE) for _ in range(50))
    ]
    pairs = [(small, large) for small, large in pairs if small.id != large.id]
    assert len(pairs) > 5
    for small, large in pairs:
        assert PREDICTOR.predict(large).ms > PREDICTOR.predict(small).ms


def test_the_largest_kernel_is_not_free_in_a_network_of_the_paper_s_size() -> None:
    small = published("mobilevit_s")
    large = grown(small, "kernel", 4)
    assert PREDICTOR.predict(large).ms > PREDICTOR.predict(small).ms
