"""The width of a prediction interval, from the errors of held-out rows.

Errors are logarithms of true over predicted time, so a margin m spans a factor of exp(m) up and
down and an interval never reaches zero.

From nine errors up the margin is conformal (Vovk et al., 2005; Lei et al., JASA 2018): the
⌈(n + 1) · 0.9⌉-th smallest absolute error, which covers a further row of the same kind with
probability 0.9 or more for any distribution of the errors. The errors come from cross-validation
rather than from one split: every row serves once, at the price of a guarantee that is exact only
for a model that hardly depends on single rows (cross-conformal prediction, Vovk 2015). Fewer errors
admit no such interval; theirs is Student's prediction interval, as if they were normal.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

COVERAGE = 0.9
CONFIDENCE = 0.9

Floats = NDArray[np.float64]


def margin(errors: Floats) -> float:
    """Return the half width of the interval for a further error, from (n,) ``errors``.

    Raises:
        ValueError: there are fewer than two errors.
    """
    count = len(errors)
    if count < 2:
        raise ValueError(f"a margin needs two errors or more, got {count}.")
    sizes = np.sort(np.abs(errors))
    rank = math.ceil((count + 1) * COVERAGE)
    if rank <= count:
        return float(sizes[rank - 1])
    spread = math.sqrt(float(np.mean(errors**2)) * (1 + 1 / count))
    return max(float(sizes[-1]), float(stats.t.ppf((1 + COVERAGE) / 2, count - 1)) * spread)


def tolerance_margin(errors: Floats) -> float:
    """Return the half width that covers nine in ten further errors with a confidence of 0.9.

    ``margin`` covers nine in ten on average over the draws of its errors, by half of the draws
    fewer. This is the order statistic of Wilks (1941), of 22 errors or more; fewer give ``margin``.

    Raises:
        ValueError: there are fewer than two errors.
    """
    count = len(errors)
    rank = int(stats.binom.ppf(CONFIDENCE, count, COVERAGE)) + 1
    return float(np.sort(np.abs(errors))[rank - 1]) if rank <= count else margin(errors)
