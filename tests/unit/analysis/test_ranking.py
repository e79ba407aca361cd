import math

import numpy as np
import pytest
from scipy import stats

from nasbench_mvit.analysis.ranking import kendall, spearman


def test_rho_is_that_of_scipy_also_with_ties() -> None:
    rng = np.random.default_rng(0)
    first = rng.integers(0, 5, 20).astype(float)
    second = first + rng.normal(size=20)
    found = spearman(first, second)
    assert found.rho == pytest.approx(stats.spearmanr(first, second).statistic)
    assert found.low < found.rho < found.high
    assert found.count == 20


def test_equal_order_is_one_and_reversed_minus_one() -> None:
    assert spearman([1, 2, 3, 4], [10, 20, 30, 40]).rho == pytest.approx(1.0)
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]).rho == pytest.approx(-1.0)


def test_a_constant_side_has_no_rank() -> None:
    assert math.isnan(spearman([1, 1, 1, 1], [1, 2, 3, 4]).rho)


def test_the_interval_repeats_by_seed() -> None:
    data = [1, 2, 3, 4, 5], [2, 1, 3, 5, 4]
    assert spearman(*data, seed=1) == spearman(*data, seed=1)


@pytest.mark.parametrize(("first", "second"), [([1, 2], [1, 2]), ([1, 2, 3], [1, 2, 3, 4])])
def test_too_few_or_unequal_rows_are_refused(first: list[int], second: list[int]) -> None:
    with pytest.raises(ValueError, match="equally long"):
        spearman(first, second)


def test_tau_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=20)
    second = first + rng.normal(size=20)
    found = kendall(first, second)
    assert found.rho == pytest.approx(stats.kendalltau(first, second).statistic)
    assert found.low < found.rho < found.high
