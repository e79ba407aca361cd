"""Student's interval of a mean."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats


def half_width(values: Sequence[float], level: float) -> float:
    """Return half the width of the interval of the values' mean, NaN of fewer than two.

    Args:
        values: independent draws of one quantity, in its unit.
        level: probability that the interval holds the expected mean, if they are normal.
    """
    count = len(values)
    if count < 2:
        return math.nan
    standard_error = float(np.std(values, ddof=1)) / math.sqrt(count)
    return float(stats.t.ppf((1 + level) / 2, count - 1)) * standard_error
