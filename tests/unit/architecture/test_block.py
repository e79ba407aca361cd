"""The parts of a block: what they mean for ids and JSON, and what is refused."""

import dataclasses

import pytest

from nasbench_mvit.architecture.block import PARTS, BlockSpec
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SpecError


def with_block(**changes: object) -> MobileViTSpec:
    """Return XS with its last block changed."""
    spec = published("mobilevit_xs")
    last = spec.stages[-1]
    assert last.block is not None
    block = dataclasses.replace(last.block, **changes)  # type: ignore[arg-type]
    stages = (*spec.stages[:-1], dataclasses.replace(last, block=block))
    return dataclasses.replace(spec, stages=stages)


@pytest.mark.parametrize(
    ("name", "network_id"),
    [
        ("mobilevit_s", "44a35a11f82b76b5"),
        ("mobilevit_xs", "1002e2bef2d4cbeb"),
        ("mobilevit_xxs", "5c3dec6ff8594072"),
    ],
)
def test_the_ids_of_v1_are_those_of_the_first_version(name: str, network_id: str) -> None:
    assert published(name).id == network_id


def test_the_json_of_v1_has_no_field_that_came_later() -> None:
    block = published("mobilevit_xs").to_dict()["stages"][2]["block"]
    assert block == {
        "dim": 96,
        "depth": 2,
        "patch": (2, 2),
        "ffn_ratio": 2.0,
        "heads": 4,
        "kernel": 3,
        "fusion": True,
    }


@pytest.mark.parametrize("parts", PARTS)
def test_every_preset_survives_json(parts: str) -> None:
    spec = with_block(**PARTS[parts])
    assert MobileViTSpec.from_json(spec.to_json()) == spec
    assert MobileViTSpec.from_dict(spec.to_dict()).id == spec.id


def test_the_presets_are_four_networks() -> None:
    assert len({with_block(**PARTS[parts]).id for parts in PARTS}) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"fusion": "input"}, {"fusion": True}),
        ({"fusion": "none"}, {"fusion": False}),
        ({"attention": "separable", "heads": 1}, {"attention": "separable", "heads": 3}),
        ({"fusion_kernel": 3}, {"fusion_kernel": None}),
        ({"fusion": False, "fusion_kernel": 1}, {"fusion": False}),
        ({"fusion": False, "projection": "fused"}, {"fusion": False}),
    ],
    ids=str,
)
def test_what_has_no_effect_makes_no_difference(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert with_block(**one) == with_block(**other)
    assert with_block(**one).id == with_block(**other).id


@pytest.mark.parametrize(
    "change",
    [
        {"local": "depthwise"},
        {"attention": "separable"},
        {"fusion": "local"},
        {"fusion_kernel": 1},
        {"projection": "fused"},
        {"residual": True},
        {"activation": False},
    ],
    ids=str,
)
def test_what_has_an_effect_is_in_the_id(change: dict[str, object]) -> None:
    assert with_block(**change).id != with_block().id


def test_heads_must_divide_dim_under_softmax_alone() -> None:
    assert BlockSpec.of("v2", dim=66, depth=1).heads == 4
    with pytest.raises(SpecError, match="heads must divide dim"):
        BlockSpec.of("v3", dim=66, depth=1)


@pytest.mark.parametrize(
    ("change", "needles"),
    [
        ({"local": "sparse"}, ("local", "sparse", "dense, depthwise")),
        ({"attention": "linear"}, ("attention", "linear", "softmax, separable")),
        ({"fusion": "output"}, ("fusion", "output", "none, input, local")),
        ({"fusion_kernel": 2}, ("fusion_kernel", "2", "1, 3, 5")),
        ({"fusion_kernel": True}, ("fusion_kernel", "True", "1, 3, 5")),
        ({"projection": True}, ("projection", "True", "separate, fused")),
        ({"residual": 1}, ("residual", "true or false", "1")),
        ({"activation": "silu"}, ("activation", "true or false", "silu")),
    ],
    ids=str,
)
def test_an_unknown_part_is_refused(change: dict[str, object], needles: tuple[str, ...]) -> None:
    with pytest.raises(SpecError) as caught:
        with_block(**change)
    for needle in needles:
        assert needle in str(caught.value)


def test_unknown_presets_are_refused_with_those_that_exist() -> None:
    with pytest.raises(SpecError, match=r"'v4'.*v1, v2, v3, v3_separable"):
        BlockSpec.of("v4", dim=64, depth=1)
