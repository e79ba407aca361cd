"""Reasons of trials without an accuracy: alike ones are one, and a lone one keeps its numbers."""

import pandas as pd
import pytest

from nasbench_mvit.workbench.studies.failures import grouped_failures

LIMIT = "up to {} ms, the limit is 8.0"


@pytest.mark.parametrize(
    ("reasons", "shown"),
    [
        ([LIMIT.format(9.5)], [LIMIT.format(9.5)]),
        ([LIMIT.format(9.5), LIMIT.format(9.5)], [LIMIT.format(9.5)]),
        ([LIMIT.format(9.5), LIMIT.format("1,310.2")], [LIMIT.format("…")]),
        (["seed 0: killed by signal 9", "seed 1: killed by signal 9"], ["killed by signal 9"]),
        (["2 images", LIMIT.format(9), LIMIT.format(9.5)], [LIMIT.format("…"), "2 images"]),
    ],
)
def test_only_what_differs_is_left_out(reasons: list[str], shown: list[str]) -> None:
    trials = pd.DataFrame({"trial": range(len(reasons)), "state": "rejected", "reason": reasons})
    found = grouped_failures(trials.assign(duplicate_of=float("nan")))
    assert found.reason.tolist() == shown
    assert sorted(number for each in found.numbers for number in each) == list(range(len(reasons)))
