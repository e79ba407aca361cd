"""Searches replayed over learning curves."""

import numpy as np
import pandas as pd
import pytest
from halving.figure import halving_figure
from halving.replay import Curves, StoppingRule, replay
from halving.report import BY_RANK, FULL, courses, replays, table

from nasbench_mvit.search.study.sections import Pruning, Reference

PARTS = 4
COUNT = 30
PRUNING = Pruning(rungs=[0.25, 0.5], reduction=3)
REFERENCE = Reference(top1=0.0, latency_ms=20.0)


def straight(seed: int = 0) -> Curves:
    """Curves that are straight lines: who leads at the end leads all the way."""
    rng = np.random.default_rng(seed)
    share_F = np.arange(1, PARTS + 1) / PARTS
    latency = rng.uniform(1, 10, COUNT)
    top1 = 0.05 * latency + rng.uniform(0, 0.4, COUNT)
    seconds = rng.uniform(10, 100, COUNT)
    return Curves(top1[:, None] * share_F, seconds[:, None] * share_F, latency)


def test_without_rungs_everything_is_trained_and_costs_what_it_costs() -> None:
    curves = straight()
    trace = replay(curves, range(COUNT), StoppingRule(curves, None), workers=3)
    assert sorted(trace.finished) == list(range(COUNT))
    assert trace.stopped == 0
    assert trace.total_s == pytest.approx(curves.seconds[:, -1].sum())
    assert trace.spent_s[-1] == pytest.approx(trace.total_s)
    assert list(trace.spent_s) == sorted(trace.spent_s)


def test_one_worker_trains_one_after_another() -> None:
    curves = straight()
    trace = replay(curves, range(COUNT), StoppingRule(curves, None), workers=1)
    assert trace.finished == tuple(range(COUNT))
    assert trace.spent_s == pytest.approx(np.cumsum(curves.seconds[:, -1]))


def test_what_is_stopped_costs_its_training_up_to_the_rung() -> None:
    top1_NF = np.array([[0.5] * PARTS, [0.4] * PARTS])
    seconds_NF = np.tile(np.arange(1.0, PARTS + 1), (2, 1))
    curves = Curves(top1_NF, seconds_NF, np.array([1.0, 2.0]))
    trace = replay(curves, [0, 1], StoppingRule(curves, PRUNING), workers=1)
    assert (trace.finished, trace.stopped) == ((0,), 1)
    assert trace.total_s == PARTS + 1  # the second ended after the first of its parts


@pytest.mark.parametrize("seed", range(5))
def test_who_leads_all_the_way_is_never_stopped(seed: int) -> None:
    curves = straight(seed)
    order = np.random.default_rng(seed).permutation(COUNT).tolist()
    full = replay(curves, order, StoppingRule(curves, None), workers=4)
    ours = replay(curves, order, StoppingRule(curves, PRUNING), workers=4)
    assert ours.total_s < full.total_s
    reached = ours.hypervolumes(curves, REFERENCE)[-1]
    assert reached == pytest.approx(full.hypervolumes(curves, REFERENCE)[-1])


def test_halving_by_accuracy_alone_ends_fast_networks() -> None:
    curves = straight()
    rule = StoppingRule(curves, PRUNING, by_latency=False)
    fastest = int(curves.latency_ms.argmin())
    order = [network for network in range(COUNT) if network != fastest]
    trace = replay(curves, [*order, fastest], rule, workers=1)
    assert fastest not in trace.finished


def test_the_comparison_is_relative_to_full_training_in_the_same_order() -> None:
    found = replays(straight(), REFERENCE, PRUNING, seeds=range(3), budget=20, workers=2)
    full, ours = (found[found.method == method] for method in (FULL, BY_RANK))
    assert (full.spent == 1).all()
    assert (full.hypervolume == 1).all()
    assert (full.of_full == 1).all()
    assert (ours.of_full <= ours.hypervolume).all()
    assert (ours.spent < 1).all()
    assert (found.finished + found.stopped == 20).all()
    lines = table({20: found}).splitlines()
    assert len(lines) == 2 + found.method.nunique()
    assert f"{ours.spent.median() * 100:.0f} %" in lines[-1]


def test_courses_rise_to_what_the_searches_reach() -> None:
    grown = courses(straight(), REFERENCE, PRUNING, seeds=range(3), workers=2)
    for method, rows in grown.groupby("method"):
        assert rows["median"].is_monotonic_increasing
        assert ((rows.low <= rows["median"]) & (rows["median"] <= rows.high)).all()
        if method in {FULL, BY_RANK}:
            assert rows["median"].iloc[-1] == pytest.approx(1)
    figure = halving_figure(grown)
    assert [trace.name for trace in figure.data if trace.name] == list(grown.method.unique())


def test_frames_are_put_in_the_order_of_the_networks_that_take_part() -> None:
    top1 = pd.DataFrame({0.5: [0.1, 0.2, 0.3], 1.0: [0.4, 0.5, 0.6]}, index=["a", "b", "c"])
    curves = Curves.from_frames(top1, top1 * 10, pd.Series({"c": 3.0, "a": 1.0}))
    assert curves.top1.tolist() == [[0.3, 0.6], [0.1, 0.4]]
    assert curves.seconds[0, 1] == pytest.approx(6)
    assert len(curves) == 2
