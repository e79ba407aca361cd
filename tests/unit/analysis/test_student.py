"""Student's interval of a mean, by hand."""

import math

import pytest

from nasbench_mvit.analysis.student import half_width


def test_the_interval_of_three_values_by_hand() -> None:
    # Standard deviation 1, so a standard error of 1/√3; t of 2 degrees of freedom is 4.3027.
    assert half_width([1.0, 2.0, 3.0], 0.95) == pytest.approx(4.3027 / math.sqrt(3), rel=1e-4)


def test_one_value_has_no_interval() -> None:
    assert math.isnan(half_width([0.6], 0.9))
