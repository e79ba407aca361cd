"""Wilson's interval of a share."""

import numpy as np
import pytest
from scipy.stats import binomtest

from nasbench_mvit.analysis.statistics import wilson_interval


@pytest.mark.parametrize(("hits", "count"), [(0, 5), (5, 5), (3, 10), (39_200, 50_000)])
def test_it_is_that_of_scipy(hits: int, count: int) -> None:
    expected = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    assert wilson_interval(hits, count) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for hits in rng.binomial(200, 0.7, size=2000):
        low, high = wilson_interval(int(hits), 200)
        covered += low <= 0.7 <= high
    assert covered / 2000 == pytest.approx(0.95, abs=0.02)
