"""Warps values towards a normal distribution, by a logarithm above a point below the best.

Accuracies concentrate near the best, with failures at any distance from it. On the warped scale
differences among good values count, and differences among very bad ones do not.

Values are minimised. Axes: N trials.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TAIL = 6.0  # largest distance of a bad value from the median, in distances of the best from it
OFFSETS = (4.0, 2.0, 1.0, 0.5)  # of the point below the best, in distances of best and median
TINY = 1e-12


@dataclass(frozen=True)
class Warp:
    """The mapping between values and the targets of a model.

    Attributes:
        origin: values are ``origin + exp(target)``; minus infinity for the identity.
    """

    origin: float

    @classmethod
    def of(cls, values_N: Floats) -> Self:
        """Choose the scale of the largest normal likelihood (Box & Cox, 1964)."""
        best, spread = float(values_N.min()), float(np.median(values_N) - values_N.min())
        if spread <= 0:
            return cls(-np.inf)
        warps = [cls(-np.inf), *(cls(best - offset * spread) for offset in OFFSETS)]
        return max(warps, key=lambda warp: warp.log_likelihood(values_N))

    def __call__(self, values_N: Floats) -> Floats:
        """Return the targets of values."""
        targets: Floats = np.log(values_N - self.origin) if self.is_log else values_N
        return targets

    @property
    def is_log(self) -> bool:
        """Whether targets are logarithms."""
        return bool(np.isfinite(self.origin))

    def back(self, targets: Floats) -> Floats:
        """Return the values of targets."""
        return self.origin + np.exp(targets) if self.is_log else targets

    def log_likelihood(self, values_N: Floats) -> float:
        """Return the log likelihood of values with normal targets, up to a constant."""
        targets_N = self(values_N)
        jacobian = targets_N.sum() if self.is_log else 0.0
        return float(-0.5 * len(values_N) * np.log(targets_N.var() + TINY) - jacobian)


def clip_outliers(values_N: Floats) -> Floats:
    """Return the values with bad outliers clipped, whose size is uninformative."""
    middle = float(np.median(values_N))
    capped: Floats = np.minimum(values_N, middle + TAIL * (middle - values_N.min()) + TINY)
    return capped
