"""Do two measurements rank networks alike?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

RESAMPLES = 2_000
LEVEL = 0.9


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation.

    Attributes:
        rho: from -1 to 1; NaN where one side is constant.
        low, high: bootstrap percentile interval of ``LEVEL``, resampling networks.
        count: number of networks.
    """

    rho: float
    low: float
    high: float
    count: int


def spearman(first: ArrayLike, second: ArrayLike, *, seed: int = 0) -> Correlation:
    """Return the rank correlation of two measurements of the same networks.

    Args:
        first: shape (N,), N at least 3.
        second: shape (N,), in the same order.
        seed: of the resampling.

    Raises:
        ValueError: the shapes differ or there are fewer than 3 networks.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 3:
        raise ValueError(f"need two equally long rows of 3 or more, got {a.shape} and {b.shape}.")
    rho = _rho(a, b)
    if np.isnan(rho):
        return Correlation(rho=rho, low=rho, high=rho, count=len(a))
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(a), size=(RESAMPLES, len(a)))
    resampled = [_rho(a[index], b[index]) for index in drawn]
    tail = 50 * (1 - LEVEL)
    low, high = np.nanpercentile(resampled, [tail, 100 - tail])
    return Correlation(rho=rho, low=float(low), high=float(high), count=len(a))


def _rho(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    ranks = stats.rankdata(a), stats.rankdata(b)
    if np.ptp(ranks[0]) == 0 or np.ptp(ranks[1]) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])
