"""Do two measurements rank networks alike?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

RESAMPLES = 2_000
LEVEL = 0.9

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Correlation:
    """A rank correlation.

    Attributes:
        rho: Spearman's ρ, or Kendall's τ-b where that was asked for, from -1 to 1; NaN where one
            side is constant.
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
    return _with_interval(_rho, first, second, seed)


def kendall(first: ArrayLike, second: ArrayLike, *, seed: int = 0) -> Correlation:
    """Return Kendall's τ-b of two measurements of the same networks; arguments as ``spearman``.

    Raises:
        ValueError: the shapes differ or there are fewer than 3 networks.
    """
    return _with_interval(_tau, first, second, seed)


def partial_spearman(
    first: ArrayLike, second: ArrayLike, known: ArrayLike, *, seed: int = 0
) -> Correlation:
    """Return the rank correlation that is left once other measurements are known.

    It is that of what least squares from the ranks of ``known`` leave of the ranks of each side.

    Args:
        first: shape (N,), N at least 3.
        second: shape (N,), in the same order.
        known: shape (N, K).
        seed: of the resampling.

    Raises:
        ValueError: the shapes differ or there are fewer than 3 networks.
    """
    known_NK = np.asarray(known, dtype=float)

    def statistic(a_N: Floats, b_N: Floats, places: NDArray[np.int64]) -> float:
        ranks_N3K = stats.rankdata(np.column_stack([a_N, b_N, known_NK[places]]), axis=0)
        sides_N2, design = ranks_N3K[:, :2], np.column_stack([np.ones(len(a_N)), ranks_N3K[:, 2:]])
        fitted_N2 = design @ np.linalg.lstsq(design, sides_N2)[0]
        left_N2 = sides_N2 - fitted_N2
        spread = np.linalg.norm(left_N2, axis=0)
        if np.any(spread <= len(a_N) * np.finfo(float).eps * np.linalg.norm(sides_N2, axis=0)):
            return float("nan")
        return float(left_N2[:, 0] @ left_N2[:, 1] / spread.prod())

    return _with_interval(statistic, first, second, seed)


def _with_interval(
    statistic: Callable[[Floats, Floats, NDArray[np.int64]], float],
    first: ArrayLike,
    second: ArrayLike,
    seed: int,
) -> Correlation:
    """Return a statistic of two rows and of the places they are drawn from, with its interval."""
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 3:
        raise ValueError(f"need two equally long rows of 3 or more, got {a.shape} and {b.shape}.")
    rho = statistic(a, b, np.arange(len(a)))
    if np.isnan(rho):
        return Correlation(rho=rho, low=rho, high=rho, count=len(a))
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(a), size=(RESAMPLES, len(a)))
    resampled = [statistic(a[index], b[index], index) for index in drawn]
    tail = 50 * (1 - LEVEL)
    low, high = np.nanpercentile(resampled, [tail, 100 - tail])
    return Correlation(rho=rho, low=float(low), high=float(high), count=len(a))


def _rho(a: Floats, b: Floats, _places: NDArray[np.int64]) -> float:
    ranks = stats.rankdata(a), stats.rankdata(b)
    if np.ptp(ranks[0]) == 0 or np.ptp(ranks[1]) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])


def _tau(a: Floats, b: Floats, _places: NDArray[np.int64]) -> float:
    return float(stats.kendalltau(a, b).statistic)
