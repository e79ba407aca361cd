import dataclasses
import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml

from nasbench_mvit.architecture.fields import flatten, unflatten
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import INACTIVE, SearchSpace
from nasbench_mvit.errors import SpaceError

MINIMAL = {
    "schema_version": 1,
    "description": "a test",
    "base": "mobilevit_xxs",
    "axes": {"stage3.depth": [1, 2]},
}


@pytest.fixture(scope="module")
def main_space() -> SearchSpace:
    return SearchSpace.load("mobilevit")


@pytest.fixture(scope="module")
def debug_space() -> SearchSpace:
    return SearchSpace.load("mobilevit_debug")


def load(tmp_path: Path, **changes: object) -> SearchSpace:
    path = tmp_path / "space.yaml"
    path.write_text(yaml.safe_dump(MINIMAL | changes))
    return SearchSpace.load(path)


def test_debug_space_is_small_and_its_size_is_the_number_of_networks(
    debug_space: SearchSpace,
) -> None:
    networks = list(debug_space.enumerate())
    assert len({spec.id for spec in networks}) == len(networks) == debug_space.size <= 16


def test_size_counts_a_switched_block_once_off_and_in_all_ways_on(tmp_path: Path) -> None:
    space = load(
        tmp_path,
        axes={
            "stage4.block": [True, False],
            "stage4.dim": [64, 80, 96],
            "stage4.depth": [1, 2],
            "stage5.depth": [1, 2, 3],
        },
    )
    assert space.size == (3 * 2 + 1) * 3
    assert len({spec.id for spec in space.enumerate()}) == space.size


PARTS = {
    "stage4.block": [True, False],
    "stage5.attention": ["softmax", "separable"],
    "stage5.heads": [1, 2, 4],
    "stage5.fusion": ["none", "input", "local"],
    "stage5.fusion_kernel": [1, 3],
    "stage5.projection": ["separate", "fused"],
    "stage4.attention": ["softmax", "separable"],
    "stage4.heads": [1, 4],
    "head_expansion": [0, 4],
}


def test_parts_without_effect_do_not_count(tmp_path: Path) -> None:
    space = load(tmp_path, axes=PARTS)
    assert space.size == (2 + 1 + 1) * (3 + 1) * (1 + 4 + 4) * 2
    networks = list(space.enumerate())
    assert len({spec.id for spec in networks}) == len(networks) == space.size
    for spec in networks:
        assert space.spec(space.assignment(spec)) == spec


def test_neighbours_of_mixed_parts_are_other_members(tmp_path: Path) -> None:
    space = load(tmp_path, axes=PARTS)
    rng = np.random.default_rng(0)
    for spec in (space.sample(rng) for _ in range(20)):
        near = list(space.neighbours(spec))
        assert spec.id not in {other.id for other in near}
        assert len({other.id for other in near}) == len(near)
        assert all(space.contains(other) for other in near)


@pytest.mark.parametrize("name", BASELINES)
def test_the_published_networks_are_members_of_the_main_space(
    main_space: SearchSpace, name: str
) -> None:
    spec = published(name)
    assert main_space.contains(spec)
    assert main_space.spec(main_space.assignment(spec)).id == spec.id


def test_a_network_outside_is_named_with_its_field_and_the_choices(main_space: SearchSpace) -> None:
    outside = published("mobilevit_s", patches=(8, 4, 2))
    assert not main_space.contains(outside)
    with pytest.raises(SpaceError, match=r"stage3.patch = \(8, 8\).*2x2, 4x4"):
        main_space.assignment(outside)
    assert not main_space.contains(dataclasses.replace(outside, resolution=128))


def test_samples_are_members_and_repeat_by_seed(main_space: SearchSpace) -> None:
    rng = np.random.default_rng(3)
    drawn = [main_space.sample(rng) for _ in range(50)]
    again = np.random.default_rng(3)
    assert [main_space.sample(again).id for _ in range(50)] == [spec.id for spec in drawn]
    assert all(main_space.contains(spec) for spec in drawn)
    assert len({spec.id for spec in drawn}) == 50


def test_samples_take_every_choice_of_an_axis_equally_often(debug_space: SearchSpace) -> None:
    rng = np.random.default_rng(0)
    counts = Counter(flatten(debug_space.sample(rng))["stage3.dim"] for _ in range(2000))
    # 2,000 fair coins: a standard deviation is 22.4
    assert abs(counts[32] - 1000) < 4 * 22.4
    assert counts.total() == 2000


def test_neighbours_differ_in_one_choice(main_space: SearchSpace) -> None:
    here = published("mobilevit_xs")
    mine = main_space.assignment(here)
    neighbours = list(main_space.neighbours(here))
    assert len({spec.id for spec in neighbours}) == len(neighbours)
    for spec in neighbours:
        other = main_space.assignment(spec)
        differing = {
            name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)
        }
        assert len(differing) == 1 or "stage3.block" in differing
    expected = sum(len(axis.choices) - 1 for axis in main_space.axes)
    assert len(neighbours) == expected


def test_neighbours_switch_blocks_on_and_off(debug_space: SearchSpace) -> None:
    without = next(spec for spec in debug_space.enumerate() if spec.stages[4].block is None)
    switched = [spec for spec in debug_space.neighbours(without) if spec.stages[4].block]
    assert len(switched) == 1
    block = switched[0].stages[4].block
    assert block is not None
    assert block.depth == 3  # as in the base network


def test_encoding_is_the_position_on_each_axis(debug_space: SearchSpace) -> None:
    specs = list(debug_space.enumerate())
    rows = debug_space.encode(specs)
    names = [axis.name for axis in debug_space.axes]
    assert rows.shape == (debug_space.size, len(names))
    assert len({tuple(row) for row in rows}) == debug_space.size
    for spec, row in zip(specs, rows, strict=True):
        has_block = spec.stages[4].block is not None
        assert (row[names.index("stage5.depth")] == INACTIVE) != has_block
    active = rows[rows != INACTIVE]
    assert active.min() == 0
    assert active.max() == 1


def test_encode_refuses_a_stranger(debug_space: SearchSpace) -> None:
    with pytest.raises(SpaceError):
        debug_space.encode([published("mobilevit_s")])


def test_tied_dropout_follows_the_width(main_space: SearchSpace) -> None:
    narrow = main_space.spec({"stage5.dim": 96})
    wide = main_space.spec({"stage5.dim": 240})
    assert narrow.dropout == published("mobilevit_xxs").dropout
    assert wide.dropout == published("mobilevit_s").dropout


def test_what_is_tied_moves_together() -> None:
    table = SearchSpace.load("mobilevit_table")
    xs = published("mobilevit_xs")
    narrow = table.spec(table.assignment(xs) | {"stage5.channels": 80})
    wanted = [stage.channels for stage in published("mobilevit_xxs").stages]
    assert [stage.channels for stage in narrow.stages] == wanted
    blocks = [[s.block and s.block.canonical() for s in spec.stages] for spec in (narrow, xs)]
    assert blocks[0] == blocks[1]


def test_the_table_space_holds_the_published_networks_and_216_in_all() -> None:
    table = SearchSpace.load("mobilevit_table")
    networks = {spec.id for spec in table.enumerate()}
    assert len(networks) == table.size == 3 * 3 * 3 * 2 * 2 * 2
    assert {published(name).id for name in BASELINES} <= networks


@pytest.mark.parametrize("name", BASELINES)
def test_a_published_network_is_the_same_as_a_space_writes_it(name: str) -> None:
    table = SearchSpace.load("mobilevit_table")
    assert table.values()["stage3.fusion_kernel"] == (3, 3, 1)  # the network leaves out the 3
    assert table.spec(table.assignment(published(name))) == published(name)


def test_flatten_and_unflatten_are_inverse(main_space: SearchSpace) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        spec = main_space.sample(rng)
        assert unflatten(flatten(spec)) == spec


def test_a_file_in_the_working_directory_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "search_spaces").mkdir()
    (tmp_path / "search_spaces" / "mobilevit.yaml").write_text(yaml.safe_dump(MINIMAL))
    monkeypatch.chdir(tmp_path)
    assert SearchSpace.load("mobilevit").size == 2


def test_equal_content_has_an_equal_digest(tmp_path: Path) -> None:
    first = load(tmp_path)
    reworded = load(tmp_path, description="other words")
    wider = load(tmp_path, axes={"stage3.depth": [1, 2, 3]})
    assert first.digest == reworded.digest != wider.digest


HEAD_AXES = {
    "detection": {"task_head.channels_16": [128, 256, 512], "task_head.channels_pooled": [32, 64]},
    "segmentation": {"task_head.aspp_channels": [64, 256], "task_head.output_stride": [8, 16, 32]},
}


@pytest.mark.parametrize("task", HEAD_AXES)
def test_the_widths_of_a_head_are_axes(tmp_path: Path, task: str) -> None:
    space = load(tmp_path, task=task, axes=MINIMAL["axes"] | HEAD_AXES[task])  # type: ignore[operator]
    networks = list(space.enumerate())
    assert len({spec.id for spec in networks}) == len(networks) == space.size == 12
    assert {spec.task for spec in networks} == {task}
    assert space.contains(published("mobilevit_xxs").for_task(task))
    assert not space.contains(published("mobilevit_xxs"))
    assert all(space.spec(space.assignment(spec)) == spec for spec in networks)


def test_the_task_is_part_of_a_digest_where_it_is_not_the_first_one(tmp_path: Path) -> None:
    said = load(tmp_path, task="classification")
    assert said.digest == load(tmp_path).digest != load(tmp_path, task="detection").digest


BAD_FILES = {
    "misspelt key": ({"axis": {}}, "Did you mean 'axes'"),
    "misspelt field": ({"axes": {"stage3.dept": [1]}}, "Did you mean 'stage3.depth'"),
    "schema": ({"schema_version": 2}, "schema_version"),
    "base": ({"base": "mobilevit_xl"}, "base"),
    "no axes": ({"axes": {}}, "axes"),
    "empty axis": ({"axes": {"stage3.depth": []}}, "stage3.depth"),
    "descending": ({"axes": {"stage3.depth": [2, 1]}}, "ascending order, since samplers"),
    "unordered": ({"axes": {"stage3.dim": [64, 96, 80]}}, "similar: [64, 80, 96]"),
    "unordered patches": (
        {"axes": {"stage3.patch": [4, [2, 4], 2]}},
        "similar: [[2, 2], [2, 4], [4, 4]]",
    ),
    "twice": ({"axes": {"stage3.depth": [1, 1]}}, "twice"),
    "out of range": ({"axes": {"stage3.depth": [0, 1]}}, "from 1 to 64"),
    "heads": ({"axes": {"stage3.heads": [4, 5]}}, "heads must divide dim"),
    "heads with dim": (
        {"axes": {"stage3.dim": [64, 66], "stage3.heads": [2, 4]}},
        "stage3.dim = 66 with stage3.heads = 4",
    ),
    "text": ({"axes": {"stage3.depth": ["deep"]}}, "stage3.depth"),
    "pair for a number": ({"axes": {"stage3.depth": [[1, 2]]}}, "single values"),
    "nan": ({"axes": {"stage3.ffn_ratio": [float("nan")]}}, "finite"),
    "no block": ({"axes": {"stage1.depth": [1, 2]}}, "stage1.block"),
    "block without fields": ({"axes": {"stage2.block": [True, False]}}, "dim"),
    "same network": ({"axes": {"stage1.expansion": [2, 2.1]}}, "same network"),
    "same head": ({"axes": {"head_expansion": [12, 13]}}, "same network"),
    "variant": ({"axes": {"variant": [1]}}, "variant"),
    "tie to nothing": (
        {"tied": {"dropout": {"to": "stage3.depth", "values": {1: 0.1}}}},
        "missing [2]",
    ),
    "tie of an axis": (
        {
            "axes": {"dropout": [0.1], "stage3.depth": [1]},
            "tied": {"dropout": {"to": "stage3.depth", "values": {1: 0.1}}},
        },
        "remove one",
    ),
    "tie of a patch": (
        {"tied": {"stage3.patch": {"to": "stage3.depth", "values": {1: 2, 2: 4}}}},
        "stage3.patch cannot be tied",
    ),
    "tie of no network": (
        {"tied": {"stage3.dim": {"to": "stage3.depth", "values": {1: 64, 2: 66}}}},
        "stage3.depth = 2 is not a valid network: stage3: heads must divide dim",
    ),
    "tie to a same network": (
        {
            "axes": {"stage1.expansion": [2, 2.1], "stage3.depth": [1, 2]},
            "tied": {"stage4.depth": {"to": "stage3.depth", "values": {1: 1, 2: 2}}},
        },
        "stage1.expansion = 2.1 with stage3.depth = 1 give the same network",
    ),
    "ties in a large space": (
        {
            "axes": {f"stage{n}.depth": list(range(1, 31)) for n in (3, 4, 5)},
            "tied": {
                "stage3.dim": {"to": "stage3.depth", "values": {n: 8 * n for n in range(1, 31)}}
            },
        },
        "more than 10,000",
    ),
    "same ffn": ({"axes": {"stage3.ffn_ratio": [2, 2.0000000001]}}, "same network"),
    "dropout without a block": (
        {
            "axes": {
                "dropout": [0, 0.1],
                "stage3.block": [True, False],
                "stage4.block": [True, False],
                "stage5.block": [True, False],
            }
        },
        "count twice",
    ),
    "a word that is no part": (
        {"axes": {"stage3.local": ["dense", "sparse"]}},
        "unknown local 'sparse'",
    ),
    "a word for a number": ({"axes": {"stage3.local": ["dense", 3]}}, "local"),
    "no such fusion": ({"axes": {"stage3.fusion": ["output"]}}, "none, input, local"),
    "heads of separable attention": (
        {"base": "mobilevitv2_0.5", "axes": {"stage3.heads": [1, 2]}},
        "stage3.heads has no effect",
    ),
    "heads where attention is never softmax": (
        {"axes": {"stage3.attention": ["separable"], "stage3.heads": [1, 2]}},
        "stage3.heads has no effect",
    ),
    "kernel of no fusion": (
        {"axes": {"stage3.fusion": ["none"], "stage3.fusion_kernel": [1, 3]}},
        "stage3.fusion_kernel has no effect",
    ),
    "fusion twice by two names": ({"axes": {"stage3.fusion": [False, "none"]}}, "twice"),
    "task as an axis": ({"axes": {"task": ["detection"]}}, "task is no axis"),
    "no such task": ({"task": "pose"}, "task"),
    "head of a classifier": (
        {"axes": {"task_head.channels_64": [64, 128]}},
        "task_head.channels_64 has no effect on networks for classification",
    ),
    "head of another task": (
        {"task": "detection", "axes": {"task_head.aspp_channels": [64, 128]}},
        "set the task of the space: `task: segmentation`",
    ),
    "classifier of a detector": (
        {"task": "detection", "axes": {"head_expansion": [2, 4]}},
        "head_expansion has no effect on networks for detection",
    ),
    "no such stride": (
        {"task": "segmentation", "axes": {"task_head.output_stride": [8, 24]}},
        "output_stride must be one of 8, 16, 32",
    ),
    "tie to no axis": (
        {"tied": {"dropout": {"to": "stage3.dim", "values": {1: 0.1}}}},
        "unknown axis",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_refused_with_its_reason(tmp_path: Path, case: str) -> None:
    changes, needle = BAD_FILES[case]
    with pytest.raises(SpaceError) as caught:
        load(tmp_path, **changes)  # type: ignore[arg-type]
    assert needle in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_choice_is_named(debug_space: SearchSpace) -> None:
    with pytest.raises(SpaceError, match="none of its choices: 32, 64"):
        debug_space.spec({"stage3.dim": 33})
    with pytest.raises(SpaceError, match="not an axis"):
        debug_space.spec({"stage9.dim": 33})


def test_enumeration_is_lazy(main_space: SearchSpace) -> None:
    first = list(itertools.islice(main_space.enumerate(), 3))
    assert len({spec.id for spec in first}) == 3


@pytest.mark.parametrize("name", ["mobilevit", "mobilevit_family"])
def test_put_back_returns_one_choice_at_a_time_to_the_base_network(name: str) -> None:
    space = SearchSpace.load(name)
    spec = space.sample(np.random.default_rng(1))
    base, here = space.assignment(published(space.base_name)), space.assignment(spec)
    turned = list(space.put_back(spec))
    assert {axis.name for axis, _, _ in turned} == {
        name for name, value in here.items() if base.get(name) not in {None, value}
    }
    for axis, choice, network in turned:
        there = space.assignment(network)
        assert there[axis.name] == choice == base[axis.name]
        same = {name: value for name, value in here.items() if name != axis.name}
        assert same.items() <= there.items()
    assert list(space.put_back(published(space.base_name))) == []
