"""Times, rates and shares in words: what is unknown is never shown as a number."""

import math

import pytest

from nasbench_mvit.workbench.shared.words import duration, is_known, percent, time_left

UNKNOWN = [math.nan, math.inf, -math.inf, -1.0, -89 * 60.0]


@pytest.mark.parametrize("seconds", UNKNOWN)
def test_an_unknown_time_is_no_number(seconds: float) -> None:
    assert duration(seconds) == "an unknown time"
    assert time_left(seconds) == "time left not known yet"
    assert not is_known(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "less than 1 s"),
        (0.4, "less than 1 s"),
        (1.0, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (61.0, "1 min 01 s"),
        (3599.7, "1 h 00 min"),
        (2 * 3600 + 5 * 60, "2 h 05 min"),
        (3 * 86_400 + 4 * 3600, "3 d 4 h"),
    ],
)
def test_a_time_has_two_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text
    assert time_left(seconds) == f"{text} left"


def test_a_share_of_nothing_is_a_dash() -> None:
    assert percent(math.nan) == "–"
    assert percent(math.inf) == "–"
    assert percent(0.004) == "0.4 %"
    assert percent(0.5, 0) == "50 %"
    assert not is_known(0.0)
