"""Reasons why trials have no accuracy, counted."""

import re

import pandas as pd

_SEED = re.compile(r"^seed \d+: ")
_VARYING = re.compile(r"(?<!the limit is )(?<![\d.,])\b\d[\d,]*(\.\d+)?(e[+-]?\d+)?\b")


def grouped_failures(trials: pd.DataFrame) -> pd.DataFrame:
    """Return why trials did not finish: each reason with its outcome and trials.

    Reasons that differ only in numbers, a limit aside, are one, with … for what differs.

    Args:
        trials: with the columns of ``trials.csv``.
    """
    table = trials[(trials.reason != "") & trials.duplicate_of.isna()]
    reasons = table.reason.map(lambda reason: _SEED.sub("", reason))
    kind = reasons.map(lambda reason: _VARYING.sub("…", reason))
    rows = []
    for (state, reason), group in table.assign(reason=reasons).groupby(["state", kind], sort=False):
        own = reason if group.reason.nunique() > 1 else group.reason.iloc[0]
        numbers = list(group.trial)
        rows.append({"outcome": state, "reason": own, "trials": len(group), "numbers": numbers})
    found = pd.DataFrame(rows, columns=["outcome", "reason", "trials", "numbers"])
    return found.sort_values("trials", ascending=False, ignore_index=True)
