"""Rank correlations of measurements of the same networks.

Axes: N networks, R resamplings of them, K measurements.
"""

from collections.abc import Sequence
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
        seed: seed of the resampling.

    Raises:
        ValueError: the shapes differ or there are fewer than 3 networks.
    """
    a, b = _pair(first, second)
    drawn_RN = _drawn(len(a), seed)
    return _summary(_rho(a, b), [_rho(a[index], b[index]) for index in drawn_RN], len(a))


def kendall(first: ArrayLike, second: ArrayLike, *, seed: int = 0) -> Correlation:
    """Return Kendall's τ-b of two measurements of the same networks; arguments as ``spearman``.

    Raises:
        ValueError: the shapes differ or there are fewer than 3 networks.
    """
    a, b = _pair(first, second)
    signs_NN, others_NN = np.sign(a[:, None] - a), np.sign(b[:, None] - b)

    def taus(counts_RN: Floats) -> Floats:
        """Return τ-b of resampled networks with these counts, (R,); a network ties with itself."""
        agree_R, first_R, second_R = (
            np.sum(counts_RN @ pairs_NN * counts_RN, axis=1)
            for pairs_NN in (signs_NN * others_NN, signs_NN**2, others_NN**2)
        )
        with np.errstate(invalid="ignore"):
            ratios_R: Floats = agree_R / np.sqrt(first_R * second_R)
        return ratios_R

    counts = [np.bincount(index, minlength=len(a)) for index in _drawn(len(a), seed)]
    resampled_R = taus(np.array(counts, dtype=float))
    return _summary(float(taus(np.ones((1, len(a))))[0]), resampled_R, len(a))


def _pair(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 3:
        raise ValueError(f"need two equally long rows of 3 or more, got {a.shape} and {b.shape}.")
    return a, b


def _drawn(count: int, seed: int) -> NDArray[np.int64]:
    """Return the indices of the networks in each resample, (R, N)."""
    return np.random.default_rng(seed).integers(count, size=(RESAMPLES, count))


def _summary(value: float, resampled_R: Sequence[float] | Floats, count: int) -> Correlation:
    if np.isnan(value):
        return Correlation(rho=value, low=value, high=value, count=count)
    tail = 50 * (1 - LEVEL)
    low, high = np.nanpercentile(resampled_R, [tail, 100 - tail])
    return Correlation(rho=value, low=float(low), high=float(high), count=count)


def _rho(a: Floats, b: Floats) -> float:
    ranks = stats.rankdata(a), stats.rankdata(b)
    if np.ptp(ranks[0]) == 0 or np.ptp(ranks[1]) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])
