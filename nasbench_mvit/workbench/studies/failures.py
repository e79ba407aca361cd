"""Reasons why trials have no accuracy, counted."""

import re

import pandas as pd

_SEED = re.compile(r"^seed \d+: ")
_VARYING = re.compile(r"(?<!the limit is )(?<![\d.,])\b\d[\d,]*(\.\d+)?(e[+-]?\d+)?\b")


def grouped_failures(trials: pd.DataFrame) -> pd.DataFrame:
    """Return why trials failed, were stopped or rejected: reason, outcome, how many, and which.

    Reasons that differ only in numbers, a limit aside, are one.

    Args:
        trials: with the columns of ``trials.csv``.
    """
    table = trials[(trials.reason != "") & trials.duplicate_of.isna()]
    kind = table.reason.map(lambda reason: _VARYING.sub("…", _SEED.sub("", reason)))
    groups = table.groupby(["state", kind.rename("reason")], sort=False)
    rows = [
        {"outcome": state, "reason": reason, "trials": len(group), "numbers": list(group.trial)}
        for (state, reason), group in groups
    ]
    found = pd.DataFrame(rows, columns=["outcome", "reason", "trials", "numbers"])
    return found.sort_values("trials", ascending=False, ignore_index=True)
