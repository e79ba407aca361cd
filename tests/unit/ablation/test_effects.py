import math

import numpy as np
import pytest

from nasbench_mvit.analysis.effects import importance

rng = np.random.default_rng(0)


def test_a_parameter_that_decides_alone_explains_everything() -> None:
    levels = np.arange(60) % 3
    found = importance(levels, levels * 2.0)
    assert found.share == pytest.approx(1.0)
    assert found.low == pytest.approx(1.0)


def test_a_parameter_without_effect_explains_nothing_on_average() -> None:
    shares = [importance(rng.integers(0, 5, 50), rng.normal(size=50)).share for _ in range(40)]
    assert np.mean(shares) < 0.03
    assert min(shares) == 0.0


def test_the_share_is_that_of_the_variance_between_levels() -> None:
    levels = np.repeat([0, 1], 5000)
    values = levels * 2.0 + rng.normal(0, 1, 10_000)
    between, within = 1.0, 1.0  # of means -1 and +1, and of the noise
    found = importance(levels, values)
    assert found.share == pytest.approx(between / (between + within), abs=0.02)
    assert found.low < found.share < found.high


def test_levels_that_nobody_has_do_not_count() -> None:
    levels = np.arange(40) % 2
    values = rng.normal(size=40)
    assert importance(levels * 5, values).share == pytest.approx(importance(levels, values).share)


@pytest.mark.parametrize(
    ("levels", "values"),
    [([0, 0, 0], [1.0, 2.0, 3.0]), ([0, 1, 0], [2.0, 2.0, 2.0]), ([0, 1, 2], [1.0, 2.0, 3.0])],
)
def test_where_nothing_varies_or_each_has_its_own_level_the_share_is_unknown(
    levels: list[int], values: list[float]
) -> None:
    assert math.isnan(importance(levels, values).share)
