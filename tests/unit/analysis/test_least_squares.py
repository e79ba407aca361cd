import math

import numpy as np
import pytest

from nasbench_mvit.analysis.least_squares import fit, left_out_errors, rms

X = np.array([0.0, 1.0, 2.0])
LINE = np.column_stack([np.ones(3), X])
SQUARES = X**2  # 0, 1, 4


def test_a_line_is_found() -> None:
    assert fit(LINE, 3 - 2 * X) == pytest.approx([3, -2])


def test_each_row_is_missed_by_the_line_through_the_others() -> None:
    # the lines through the other two give -2 at 0, 2 at 1 and 2 at 2
    errors = left_out_errors(LINE, SQUARES, range(3))
    assert errors == pytest.approx([-2, 1, -2])
    assert rms(errors) == pytest.approx(math.sqrt(3))


def test_a_group_is_left_out_whole_and_unknown_where_the_rest_is_too_little() -> None:
    four = np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 3.0]])
    # the line through (0, 0), (1, 1) gives 2 and 3; that through (2, 4), (3, 9) gives -6 and -1
    errors = left_out_errors(four, np.array([0.0, 1.0, 4.0, 9.0]), ["a", "a", "b", "b"])
    assert errors == pytest.approx([-6, -2, -2, -6])
    unknown = left_out_errors(LINE, SQUARES, ["a", "a", "b"])
    assert np.isnan(unknown).tolist() == [True, True, False]
    assert math.isnan(rms(unknown))
