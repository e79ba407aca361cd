"""The rules of the front: what decides which of two networks costs less."""

import numpy as np
import pytest

from nasbench_mvit.analysis.pareto import (
    FrontRule,
    front_costs,
    is_unknown,
    nondominated_ranks,
    pareto_front,
    spread,
)

#       name: top-1, ms, lower end, upper end, peak in MB
NETWORKS = {
    "sure": (0.70, 5.0, 4.9, 5.1, 8.0),
    "guess": (0.70, 3.0, 1.5, 7.0, 8.0),  # faster by the point, slower by the upper end
    "good": (0.80, 6.0, 5.8, 6.2, 9.0),
    "near": (0.78, 6.1, 5.9, 6.3, 9.5),  # slower than good by an overlap of intervals
    "far": (0.78, 9.0, 8.5, 9.5, 4.0),
}
FRONTS = {
    FrontRule.POINT: {"guess", "good"},
    FrontRule.UPPER: {"sure", "good"},
    FrontRule.SUPPORTED: {"sure", "good", "near"},
    FrontRule.MEMORY: {"far", "good"},  # the slowest takes the least memory
}


def ends(rule: FrontRule) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    top1, *costs = np.array(list(NETWORKS.values())).T
    return top1, *front_costs(rule, *costs)


@pytest.mark.parametrize("rule", FrontRule)
def test_each_rule_has_its_own_front(rule: FrontRule) -> None:
    mask = pareto_front(*ends(rule))
    assert {name for name, is_on in zip(NETWORKS, mask, strict=True) if is_on} == FRONTS[rule]


def test_an_interval_from_nothing_is_wide_and_finite() -> None:
    low, high = [0.0, 2.0, 0.0], [5.0, 3.0, 0.0]
    assert spread(low, high) == pytest.approx([1e6, 1.5, 0.0])
    assert is_unknown(low, high).tolist() == [True, False, False]


def test_an_unknown_latency_stays_on_no_front_by_its_lower_end() -> None:
    assert is_unknown(1.5, 7.0)
    assert not is_unknown(5.0, 8.0)
    _, dominated = front_costs(FrontRule.SUPPORTED, [3.0, 6.0], [1.5, 5.0], [7.0, 8.0])
    assert dominated.tolist() == [7.0, 5.0]


@pytest.mark.parametrize("rule", FrontRule)
@pytest.mark.parametrize("seed", range(20))
def test_ranks_are_the_longest_chains_of_dominating_networks(rule: FrontRule, seed: int) -> None:
    rng = np.random.default_rng(seed)
    top1, ms = rng.integers(0, 6, 40) / 10, rng.integers(1, 9, 40).astype(float)
    low, high = ms - rng.integers(0, 2, 40) * 0.5, ms + rng.integers(0, 3, 40) * 0.5
    dominating, dominated = front_costs(rule, ms, low, high, rng.integers(1, 9, 40))
    dominates = (dominating[:, None] <= dominated) & (top1[:, None] >= top1)
    dominates &= (dominating[:, None] < dominated) | (top1[:, None] > top1)
    expected = np.zeros(40, dtype=int)
    for _ in range(40):
        expected = np.where(dominates, expected[:, None] + 1, 0).max(axis=0)
    assert nondominated_ranks(top1, dominating, dominated).tolist() == expected.tolist()


def test_no_networks_have_no_ranks() -> None:
    assert nondominated_ranks([], [], []).tolist() == []
