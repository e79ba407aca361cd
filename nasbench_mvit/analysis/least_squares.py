"""Linear least squares, and its errors on rows that it was not fitted to."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def fit(columns_NT: Floats, target_N: Floats) -> Floats:
    """Return the weights of T columns that come closest to a target, ``(T,)``."""
    weights_T, *_ = np.linalg.lstsq(columns_NT, target_N, rcond=None)
    return np.asarray(weights_T, dtype=float)


def left_out_errors(columns_NT: Floats, target_N: Floats, groups: Sequence[object]) -> Floats:
    """Return the error of each row by the fit without its group, ``(N,)``.

    It is the prediction minus the target, NaN where the other rows do not determine the weights.
    """
    errors_N = np.full(len(columns_NT), np.nan)
    for group in dict.fromkeys(groups):
        out_N = np.array([other == group for other in groups])
        rest = columns_NT[~out_N]
        if np.linalg.matrix_rank(rest) == columns_NT.shape[1]:
            errors_N[out_N] = columns_NT[out_N] @ fit(rest, target_N[~out_N]) - target_N[out_N]
    return errors_N


def rms(errors_N: Floats) -> float:
    """Return the root mean square of errors, NaN where one is unknown."""
    return float(np.sqrt(np.mean(errors_N**2)))
