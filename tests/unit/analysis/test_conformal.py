import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nasbench_mvit.analysis.conformal import CONFIDENCE, COVERAGE, margin, tolerance_margin


def test_the_margin_is_the_ranked_error() -> None:
    errors = np.arange(1, 20) / 100  # ⌈20 · 0.9⌉ = the 18th of 19
    assert margin(errors) == pytest.approx(0.18)
    assert margin(-errors) == pytest.approx(0.18)
    assert margin(errors[:9]) == pytest.approx(0.09)  # ⌈10 · 0.9⌉ = the largest of 9


def test_few_errors_take_student_s_interval() -> None:
    errors = np.array([0.01, -0.02, 0.03])
    quantile = stats.t.ppf(0.95, 2)
    assert margin(errors) == pytest.approx(quantile * np.sqrt(np.mean(errors**2) * (1 + 1 / 3)))
    assert margin(errors) > np.abs(errors).max()


@pytest.mark.parametrize("count", [9, 20, 60, 200])
def test_a_further_error_is_covered_as_often_as_stated(count: int) -> None:
    rng = np.random.default_rng(0)
    draws = rng.standard_t(3, size=(4000, count + 1))  # heavy tails: no law is assumed
    covered = [abs(row[-1]) <= margin(row[:-1]) for row in draws]
    expected = np.ceil((count + 1) * COVERAGE) / (count + 1)
    assert np.mean(covered) == pytest.approx(expected, abs=0.02)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=40), st.floats(0.1, 10))
def test_the_margin_scales_with_the_errors(errors: list[float], factor: float) -> None:
    assert margin(factor * np.array(errors)) == pytest.approx(factor * margin(np.array(errors)))


def test_one_error_tells_no_margin() -> None:
    with pytest.raises(ValueError, match="two errors or more, got 1"):
        margin(np.array([0.1]))


def test_the_tolerance_margin_is_the_order_statistic_of_wilks() -> None:
    errors = np.arange(1, 101) / 100
    # Of 100 errors the 95th: P(Bin(100, 0.9) ≤ 94) = 0.942, but P(… ≤ 93) = 0.883.
    assert stats.binom.cdf([93, 94], 100, 0.9) == pytest.approx([0.883, 0.942], abs=1e-3)
    assert tolerance_margin(-errors) == pytest.approx(0.95)
    assert tolerance_margin(errors[:22]) == pytest.approx(0.22)
    assert tolerance_margin(errors[:21]) == margin(errors[:21])


@pytest.mark.parametrize("count", [22, 60, 200])
def test_most_tolerance_margins_cover_what_they_state(count: int) -> None:
    rng = np.random.default_rng(0)
    law = stats.t(3)
    margins = [tolerance_margin(law.rvs(count, random_state=rng)) for _ in range(1000)]
    covered = 2 * law.cdf(margins) - 1
    assert np.mean(covered >= COVERAGE) >= CONFIDENCE - 0.03
