"""Which networks an update trains."""

import itertools

import numpy as np

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


def test_none_is_trained_beyond_what_a_study_allows() -> None:
    space, most = SearchSpace.load("mobilevit_family"), 1.5e9
    sandwich = Sandwich(space, seed=0, max_macs=most)
    macs = np.array([count_costs_many(sandwich.networks(step)).macs for step in range(12)])
    assert macs.max() <= most
    assert macs[:, 1].max() < 0.3e9
    assert count_costs(sandwich.largest()).macs > 0.9 * most
    # All the largest have its sizes, and less costly kinds.
    assert macs[:, 0].max() <= count_costs(sandwich.largest()).macs
    widths = {
        tuple(stage.channels for stage in sandwich.networks(step)[0].stages) for step in range(12)
    }
    assert len(widths) == 1


def test_the_network_of_reports_is_a_largest_one() -> None:
    sandwich = Sandwich(SPACE, seed=0)
    costs = [count_costs(spec).params for spec in (sandwich.largest(), *sandwich.networks(0))]
    assert costs[0] >= 0.9 * max(costs)
