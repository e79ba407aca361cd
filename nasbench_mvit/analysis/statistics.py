"""The mean and the spread of accuracies over seeds."""

import math
from collections.abc import Iterable, Sequence

import numpy as np


def mean(values: Sequence[float]) -> float:
    """Return the mean of the values, NaN where there is none."""
    return float(np.mean(values)) if values else math.nan


def pooled_sd(groups: Iterable[Sequence[float]]) -> float:
    """Return the standard deviation within groups, pooled over those of two values or more.

    Args:
        groups: for each network its accuracies, one per seed.

    Returns:
        The pooled standard deviation, NaN when no group has two values.
    """
    usable = [group for group in groups if len(group) > 1]
    freedom = sum(len(group) - 1 for group in usable)
    if not freedom:
        return math.nan
    squares = sum(float(np.var(group, ddof=1)) * (len(group) - 1) for group in usable)
    return math.sqrt(squares / freedom)
