"""Who goes on from a rung."""

import math

import numpy as np
import pytest

from nasbench_mvit.analysis.pareto import nondominated_ranks, pareto_front
from nasbench_mvit.search.loop.rungs import Rungs, Standing

RUNG, NEXT = 0.25, 0.5


def ranks_by_peeling(top1: list[float], latency_ms: list[float]) -> list[int]:
    """The definition: take off one Pareto front after another."""
    accuracy, ranks, rank = np.array(top1), np.full(len(top1), len(top1)), 0
    while (front := pareto_front(accuracy, latency_ms)).any():
        ranks[front] = rank
        accuracy[front] = np.nan
        rank += 1
    return [int(rank) for rank in ranks]


@pytest.mark.parametrize("seed", range(20))
def test_ranks_are_those_of_fronts_taken_off_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    top1 = [float(v) for v in rng.integers(0, 6, 30)]  # few values: many ties
    latency = [float(v) for v in rng.integers(0, 6, 30)]
    top1[3], latency[4], top1[5] = math.nan, math.inf, -math.inf
    assert list(nondominated_ranks(top1, latency)) == ranks_by_peeling(top1, latency)


def test_of_no_network_there_are_no_ranks() -> None:
    assert list(nondominated_ranks([], [])) == []


def judged(standings: list[tuple[float, float]], reduction: float = 3.0) -> list[bool]:
    """Enter one after another and say who was kept."""
    rungs = Rungs([RUNG], reduction)
    kept = []
    for trial, (top1, latency_ms) in enumerate(standings):
        rungs.enter(trial, RUNG, Standing(top1, latency_ms, latency_ms))
        kept.append(rungs.promotes(trial, RUNG))
    return kept


def test_the_first_goes_on_and_one_that_it_dominates_does_not() -> None:
    assert judged([(0.5, 3.0), (0.4, 4.0)]) == [True, False]


def test_slow_and_accurate_networks_never_stop_a_fast_one() -> None:
    slow = [(0.5 + 0.01 * k, 10.0) for k in range(30)]
    assert judged([*slow, (0.1, 9.0)])[-1]


def test_whoever_nobody_dominates_goes_on_however_many_these_are() -> None:
    front = [(0.01 * k, float(k)) for k in range(1, 40)]
    assert all(judged(front, reduction=100))


def test_equal_networks_share_their_lot() -> None:
    better, worse = (0.5, 3.0), (0.4, 3.0)
    assert judged([better, better, better]) == [True, True, True]
    rungs = Rungs([RUNG], 2)
    for trial, standing in enumerate([better, worse, worse, worse, worse]):
        rungs.enter(trial, RUNG, Standing(*standing, standing[1]))
    assert all(rungs.promotes(trial, RUNG) for trial in range(5))  # 1 of 5 is on an earlier front


def test_of_a_chain_about_one_in_reduction_goes_on() -> None:
    count, reduction = 30, 3
    rungs = Rungs([RUNG], reduction)
    for trial in range(count):  # each dominates the one before
        rungs.enter(trial, RUNG, Standing(0.01 * trial, 10.0, 10.0))
    kept = [trial for trial in range(count) if rungs.promotes(trial, RUNG)]
    assert kept == list(range(count - count // reduction, count))


def test_rungs_do_not_know_of_each_other() -> None:
    rungs = Rungs([RUNG, NEXT], 3)
    rungs.enter(0, RUNG, Standing(0.9, 1.0, 1.0))
    rungs.enter(1, NEXT, Standing(0.1, 2.0, 2.0))
    assert rungs.promotes(1, NEXT)


def test_a_network_without_a_finite_accuracy_goes_on_only_where_it_is_alone() -> None:
    assert judged([(math.nan, 1.0), (0.4, 2.0)]) == [True, True]
    assert judged([(0.4, 2.0), (math.nan, 1.0)]) == [True, False]


def test_a_failed_network_stops_nobody() -> None:
    rungs = Rungs([RUNG], 3)
    rungs.enter(0, RUNG, Standing(0.9, 1.0, 1.0))
    rungs.enter(1, RUNG, Standing(0.5, 2.0, 2.0))
    assert not rungs.promotes(1, RUNG)
    rungs.discard(0)
    assert rungs.promotes(1, RUNG)


def test_entering_again_and_in_another_order_changes_nothing() -> None:
    standings = {trial: Standing(0.1 * (trial % 5), *[float(trial % 7)] * 2) for trial in range(12)}
    one, other = Rungs([RUNG], 3), Rungs([RUNG], 3)
    for trial, standing in standings.items():
        one.enter(trial, RUNG, standing)
    for trial in [*reversed(standings), *standings]:
        other.enter(trial, RUNG, standings[trial])
    assert one.standings == other.standings
    assert [one.promotes(t, RUNG) for t in standings] == [
        other.promotes(t, RUNG) for t in standings
    ]


def test_an_unknown_rung_is_an_error() -> None:
    with pytest.raises(KeyError):
        Rungs([RUNG], 3).enter(0, NEXT, Standing(0.5, 1.0, 1.0))


def test_an_interval_that_overlaps_stops_nobody_where_differences_must_be_supported() -> None:
    rungs = Rungs([RUNG], 100)
    rungs.enter(0, RUNG, Standing(0.9, cost=5.2, dominated_cost=4.8))
    rungs.enter(1, RUNG, Standing(0.5, cost=5.6, dominated_cost=5.1))
    rungs.enter(2, RUNG, Standing(0.5, cost=6.0, dominated_cost=5.3))
    assert [rungs.promotes(trial, RUNG) for trial in range(3)] == [True, True, False]
