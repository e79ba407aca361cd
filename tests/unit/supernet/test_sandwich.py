"""Which networks an update trains."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.analytic import count_costs, count_costs_many
from nasbench_mvit.supernet.sandwich import Sandwich

SPACE = SearchSpace.load("mobilevit")


def test_the_largest_and_the_smallest_have_the_sizes_at_the_ends_of_the_space() -> None:
    sandwich = Sandwich(SPACE, seed=0)
    updates = [sandwich.networks(step) for step in range(8)]
    for largest, smallest, *others in updates:
        assert all(map(SPACE.contains, (largest, smallest, *others)))
        for spec, pick in ((largest, max), (smallest, min)):
            chosen = SPACE.assignment(spec)
            for axis in SPACE.axes_in_order:
                if axis.name in chosen and axis.name.endswith(("channels", "dim", "depth")):
                    assert chosen[axis.name] == pick(axis.choices), axis.name
    assert len({spec.id for spec in (u[0] for u in updates)}) > 1  # fusions, heads and patches vary


def test_equal_seeds_and_steps_draw_equal_networks_and_others_do_not() -> None:
    drawn = Sandwich(SPACE, seed=0).networks(3)
    assert drawn == Sandwich(SPACE, seed=0).networks(3)
    assert drawn != Sandwich(SPACE, seed=1).networks(3)
    assert drawn != Sandwich(SPACE, seed=0).networks(4)


def test_those_between_are_spread_over_the_logarithm_of_macs() -> None:
    sandwich, rng = Sandwich(SPACE, seed=0), np.random.default_rng(0)
    between = [spec for step in range(60) for spec in sandwich.networks(step)[2:]]
    uniform = [SPACE.sample(rng) for _ in between]
    spreads = [np.std(np.log(count_costs_many(specs).macs)) for specs in (between, uniform)]
    assert spreads[0] > 1.4 * spreads[1]


def test_kinds_with_weights_of_their_own_are_trained_alike_whatever_the_size() -> None:
    sandwich = Sandwich(SearchSpace.load("mobilevit_family"), seed=0)
    updates = [sandwich.networks(step) for step in range(30)]
    for specs in updates:
        assert sorted(bool(spec.head_channels) for spec in specs) == [False] * 3 + [True] * 3
        for stage in (2, 3, 4):
            blocks = [block for spec in specs if (block := spec.stages[stage].block)]
            assert [block.attention for block in blocks].count("separable") == 3
            fusions = {(block.fusion, block.projection) for block in blocks if block.fusion}
            assert len(fusions) == 4
            assert any(not block.fusion for block in blocks)
    heads = {(bool(specs[0].head_channels), bool(specs[1].head_channels)) for specs in updates}
    assert heads == set(itertools.product((False, True), repeat=2))  # equal at both ends as well


@pytest.mark.parametrize(("name", "most"), [("mobilevit_family", 1.5e9), ("mobilevit", 1.1e9)])
def test_none_is_trained_beyond_what_a_study_allows(name: str, most: float) -> None:
    space = SearchSpace.load(name)
    for seed in range(20):
        sandwich = Sandwich(space, seed=seed, max_macs=most)
        largest = sandwich.largest()
        macs = np.array([count_costs_many(sandwich.networks(step)).macs for step in range(4)])
        assert macs.max() <= most
        assert macs[:, 1].max() < 0.3e9
        assert 0.95 * most < count_costs(largest).macs
        assert macs[:, 0].max() <= most
        assert all(stage.block for stage in largest.stages[2:])
        widths = [stage.channels for stage in largest.stages]
        for step in range(4):
            assert [stage.channels for stage in sandwich.networks(step)[0].stages] == widths


def test_a_projection_is_stratified_where_the_fusion_is_fixed(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "schema_version: 1\ndescription: projections\nbase: mobilevit_xxs\n"
        "axes: {stage5.projection: [separate, fused], stage5.depth: [1, 2]}\n"
    )
    sandwich = Sandwich(SearchSpace.load(path), seed=0)
    for step in range(6):
        blocks = [spec.stages[4].block for spec in sandwich.networks(step)]
        assert (
            sorted(block.projection for block in blocks if block)
            == ["fused"] * 3 + ["separate"] * 3
        )


def test_the_network_of_reports_is_a_largest_one() -> None:
    sandwich = Sandwich(SPACE, seed=0)
    costs = [count_costs(spec).params for spec in (sandwich.largest(), *sandwich.networks(0))]
    assert costs[0] >= 0.9 * max(costs)
