"""The spread between seeds, and the confidence interval of a share."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

Z_95 = 1.959964


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


def wilson_interval(hits: int, count: int, *, z: float = Z_95) -> tuple[float, float]:
    """Return Wilson's interval of a share, by default of 95 %.

    Args:
        hits: number of successes, 0 to ``count``.
        count: number of trials, at least 1.
        z: quantile of the normal distribution on each side.
    """
    share, squared = hits / count, z * z / count
    centre = (share + squared / 2) / (1 + squared)
    half = z / (1 + squared) * math.sqrt(share * (1 - share) / count + squared / (4 * count))
    return max(0.0, centre - half), min(1.0, centre + half)
