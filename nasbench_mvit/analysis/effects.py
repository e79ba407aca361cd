"""The share of a result's variance that each parameter explains.

Networks that a sampler proposed are not a designed experiment: parameters that vary together share
the variance that they explain. An effect here is an association among the given networks.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

GROUPS = 50
LEVEL = 0.9
NORMAL = 1.645  # standard errors on either side that hold LEVEL of a normal distribution
SEED = 0
TINY = 1e-24  # a variance below this is rounding

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Importance:
    """The share of the variance that a parameter explains by itself.

    Attributes:
        share: ε², from 0 to 1; NaN where the result or the parameter does not vary.
        low, high: interval of ``LEVEL`` from the share's jackknife error over networks.
    """

    share: float
    low: float
    high: float


def importance(levels: ArrayLike, values: ArrayLike) -> Importance:
    """Return the share of the variance of ``values`` that the levels of one parameter explain.

    ε² (Kelley 1935) is the correlation ratio, corrected for what the levels explain by chance:
    (SS_between - (k - 1) · MS_within) / SS_total, below 0 taken as 0.

    Args:
        levels: codes of the parameter's values from 0 on, shape (N,).
        values: results, shape (N,), finite.
    """
    codes, results = np.asarray(levels, dtype=np.int64), np.asarray(values, dtype=float)
    count = int(codes.max()) + 1 if len(codes) else 0
    share = _epsilon_squared(np.ones((1, len(codes))), codes, results, count)[0]
    if np.isnan(share):
        return Importance(share, share, share)
    without = _epsilon_squared(_left_out(len(codes)), codes, results, count)
    without = without[~np.isnan(without)]
    spread = np.sum((without - without.mean()) ** 2) if len(without) > 1 else 0.0
    error = NORMAL * math.sqrt(spread * (len(without) - 1) / max(1, len(without)))
    return Importance(float(share), max(0.0, share - error), min(1.0, share + error))


@functools.lru_cache(maxsize=4)
def _left_out(count: int) -> Floats:
    """Return (G, N): 0 where one of G random groups of N networks is left out, else 1."""
    rng = np.random.default_rng(SEED)
    groups = rng.permutation(count) % min(GROUPS, count)
    kept: Floats = (groups[np.newaxis] != np.arange(groups.max() + 1)[:, np.newaxis]).astype(float)
    return kept


def _epsilon_squared(
    weights: Floats, codes: NDArray[np.int64], values: Floats, count: int
) -> Floats:
    """Return ε² of the networks under each row of ``weights``, (R, N), as (R,)."""
    is_level = (codes[:, np.newaxis] == np.arange(count)).astype(float)
    centred = (values - values.mean() if len(values) else values)[:, np.newaxis]
    sizes, sums = weights @ is_level, weights @ (is_level * centred)
    number, mean = sizes.sum(axis=1), sums.sum(axis=1) / np.maximum(sizes.sum(axis=1), 1)
    total = (weights @ centred**2)[:, 0] - number * mean**2
    means = np.divide(sums, sizes, out=np.zeros_like(sums), where=sizes > 0)
    between = np.sum(sizes * means**2, axis=1) - number * mean**2
    levels = np.sum(sizes > 0, axis=1)
    freedom = number - levels
    is_defined = (levels > 1) & (freedom > 0) & (total > TINY * np.maximum(number, 1))
    within = np.maximum(total - between, 0) / np.where(freedom > 0, freedom, 1)
    share = (between - (levels - 1) * within) / np.where(is_defined, total, 1)
    return np.where(is_defined, np.clip(share, 0, 1), np.nan)
