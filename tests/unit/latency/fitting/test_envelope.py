"""Polytopes of prices, where the answer is known."""

import math

import numpy as np
import pytest

from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.fitting.envelope import Polytope


def polytope(
    features: list[list[float]], ms: list[float], *, other: tuple[int, ...] = (), setup: float = 1.0
) -> Polytope:
    is_other = np.isin(np.arange(len(ms)), other)
    return Polytope(np.array(features), np.array(ms), is_other, tolerance=0.1, setup=setup)


def test_what_a_row_says_of_its_sum_alone() -> None:
    """a + b lies from 9 to 11, so 2a lies from 0 to 22, and 2a + 2b from 18 to 22."""
    models = polytope([[1.0, 1.0]], [10.0])
    assert models.interval(np.array([2.0, 0.0])) == pytest.approx((0.0, 22.0))
    assert models.interval(np.array([2.0, 2.0])) == pytest.approx((18.0, 22.0))


def test_two_rows_bound_each_price() -> None:
    models = polytope([[1.0, 1.0], [1.0, 0.0]], [10.0, 4.0])
    assert models.interval(np.array([0.0, 1.0])) == pytest.approx((9 - 4.4, 11 - 3.6))
    assert models.without([1]).interval(np.array([0.0, 1.0])) == pytest.approx((0.0, 11.0))


def test_what_no_row_has_is_unbounded() -> None:
    models = polytope([[1.0, 0.0]], [10.0])
    low, high = models.interval(np.array([1.0, 1.0]))
    assert low == pytest.approx(9.0)
    assert math.isinf(high)
    assert models.vertices(np.array([[1.0, 1.0]])).shape == (1, 2)


def test_another_set_up_may_differ_by_one_factor() -> None:
    """Its row says from 9 / 1.2 to 11 · 1.2; with a row of ours as long, the two narrow it."""
    alone = polytope([[1.0]], [10.0], other=(0,), setup=1.2)
    assert alone.interval(np.array([1.0])) == pytest.approx((9 / 1.2, 11 * 1.2))
    both = polytope([[1.0], [1.0]], [10.0, 12.0], other=(0,), setup=1.2)
    assert both.interval(np.array([1.0])) == pytest.approx((12 * 0.9, 11 * 1.2))


def test_rows_that_contradict_each_other_have_no_prices() -> None:
    with pytest.raises(PredictorError, match=r"no non-negative prices meet the rows within 10%"):
        polytope([[1.0], [1.0]], [10.0, 20.0]).interval(np.array([1.0]))


def test_vertices_near_known_ones_are_left_out() -> None:
    models = polytope([[1.0, 1.0], [1.0, 0.0]], [10.0, 4.0])
    one, alike = [0.0, 1.0], [0.001, 1.0]
    assert len(models.vertices(np.array([one, alike]))) == 2
    assert len(models.vertices(np.array([one, [3.0, 1.0]]))) == 4
