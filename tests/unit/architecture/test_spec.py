import dataclasses
import json

import pytest

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.spec import (
    MobileViTSpec,
    StageSpec,
    hidden_channels,
    make_divisible,
)
from nasbench_mvit.errors import SpecError


def with_block(spec: MobileViTSpec, stage: int, **changes: object) -> MobileViTSpec:
    block = spec.stages[stage].block
    assert block is not None
    new = dataclasses.replace(spec.stages[stage], block=dataclasses.replace(block, **changes))  # type: ignore[arg-type]
    return dataclasses.replace(spec, stages=(*spec.stages[:stage], new, *spec.stages[stage + 1 :]))


@pytest.mark.parametrize("name", BASELINES)
def test_json_round_trip_keeps_spec_and_id(name: str) -> None:
    spec = published(name)
    again = MobileViTSpec.from_json(spec.to_json())
    assert again == spec
    assert again.id == spec.id
    assert hash(again) == hash(spec)


def test_ids_are_those_of_the_first_release() -> None:
    # An id is a file format: stores and tables refer to networks by it.
    assert {name: published(name).id for name in BASELINES} == {
        "mobilevit_s": "44a35a11f82b76b5",
        "mobilevit_xs": "1002e2bef2d4cbeb",
        "mobilevit_xxs": "5c3dec6ff8594072",
    }


def test_two_ways_to_write_one_network_are_one_network() -> None:
    spec = published("mobilevit_s")
    as_int = dataclasses.replace(spec, head_expansion=4)
    beyond_cap = dataclasses.replace(spec, head_expansion=6.0)
    further = dataclasses.replace(spec, head_expansion=7.0)  # 960 channels either way
    assert as_int.id == spec.id
    assert beyond_cap.head_channels == further.head_channels == 960
    assert beyond_cap.id == further.id != spec.id


def test_dropout_counts_only_where_there_are_transformers() -> None:
    plain = MobileViTSpec(stages=tuple(StageSpec(channels=16) for _ in range(5)))
    mixed = published("mobilevit_xxs")
    assert dataclasses.replace(plain, dropout=0.3).id == plain.id
    assert dataclasses.replace(mixed, dropout=0.3).id != mixed.id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dim", 48),
        ("depth", 1),
        ("patch", (4, 2)),
        ("ffn_ratio", 3.0),
        ("heads", 2),
        ("kernel", 1),
        ("fusion", False),
    ],
)
def test_every_field_of_a_block_is_part_of_the_identity(field: str, value: object) -> None:
    spec = published("mobilevit_xxs")
    assert with_block(spec, 3, **{field: value}).id != spec.id


@pytest.mark.parametrize(("value", "expected"), [(3, 8), (12, 16), (13, 16), (20, 24), (66, 64)])
def test_make_divisible(value: float, expected: int) -> None:
    assert make_divisible(value) == expected
    assert expected % 8 == 0
    assert expected >= 0.9 * value


def test_hidden_width_is_the_ratio_of_the_input() -> None:
    assert hidden_channels(64, 4) == 64 * 4
    assert StageSpec(channels=48, expansion=4, mv2_depth=3).hidden(32) == (128, 192, 192)


@pytest.mark.parametrize(
    ("make", "needles"),
    [
        (
            lambda: BlockSpec(dim=64, depth=0),
            ("depth", "from 1 to 64", "got 0", "valid value is 1"),
        ),
        (lambda: BlockSpec(dim=64, depth=2, heads=5), ("heads", "divide", "nearest is 4")),
        (lambda: BlockSpec(dim=64, depth=2, kernel=2), ("kernel", "1, 3, 5", "2")),
        (lambda: BlockSpec(dim=64, depth=2, patch=(0, 2)), ("patch height", "nearest")),
        (lambda: BlockSpec(dim=64, depth=2, patch=2), ("patch", "pair", "2")),  # type: ignore[arg-type]
        (
            lambda: BlockSpec(dim=63, depth=2, heads=3, ffn_ratio=1.5),
            ("ffn_ratio", "whole", "94.5"),
        ),
        (lambda: BlockSpec(dim=64, depth=True), ("depth", "whole number", "True")),
        (lambda: BlockSpec(dim=64, depth=1, fusion=1), ("fusion", "none, input, local")),  # type: ignore[arg-type]
        (lambda: StageSpec(channels=16.0), ("channels", "whole number", "16.0")),  # type: ignore[arg-type]
        (lambda: StageSpec(channels=16, expansion=float("nan")), ("expansion", "nan")),
        (lambda: StageSpec(channels=16, expansion=99), ("expansion", "16.0", "99")),
        (lambda: MobileViTSpec(stages=()), ("stages", "5")),
        (
            lambda: dataclasses.replace(published("mobilevit_s"), resolution=8),
            ("resolution", "32", "nearest"),
        ),
        (
            lambda: dataclasses.replace(published("mobilevit_s"), dropout=1.0),
            ("dropout", "below 1.0"),
        ),
        (
            lambda: dataclasses.replace(published("mobilevit_s"), variant="v9"),
            ("variant", "v9", "v1"),
        ),
        (lambda: published("mobilevit_xl"), ("mobilevit_xl", "mobilevit_xs", "Available")),
    ],
)
def test_an_invalid_spec_cannot_be_made(make: object, needles: tuple[str, ...]) -> None:
    assert callable(make)
    with pytest.raises(SpecError) as caught:
        make()
    for needle in needles:
        assert needle in str(caught.value)


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        ("{", "JSON"),
        ("[]", "mapping"),
        ('{"stages": 3}', "list of 5 stages"),
        ('{"stagse": []}', "Did you mean 'stages'?"),
        ("{}", "missing field stages"),
    ],
)
def test_broken_json_is_refused(text: str, needle: str) -> None:
    with pytest.raises(SpecError, match=r"network|stages") as caught:
        MobileViTSpec.from_json(text)
    assert needle in str(caught.value)


def test_json_with_a_misspelt_block_field_names_the_right_one() -> None:
    data = json.loads(published("mobilevit_s").to_json())
    data["stages"][2]["block"]["patchs"] = data["stages"][2]["block"].pop("patch")
    with pytest.raises(SpecError, match="Did you mean 'patch'"):
        MobileViTSpec.from_dict(data)


def test_the_baselines_have_the_paper_s_top1() -> None:
    assert [FIGURES[name].top1 for name in BASELINES] == [78.4, 74.8, 69.0]
