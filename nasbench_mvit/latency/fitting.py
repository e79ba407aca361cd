"""Fit a non-negative linear model to latencies, and predict rows that it has not seen.

Axes: R rows, F features. Errors are relative, predicted / true - 1.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from nasbench_mvit.latency.features import Floats


def fit(features: Floats, ms: Floats) -> Floats:
    """Return (F,) coefficients ≥ 0 that minimise the squared relative errors over R rows.

    Args:
        features: (R, F); a column of zeros gets the coefficient 0.
        ms: (R,) latencies, positive.
    """
    relative = features / ms[:, np.newaxis]
    scale = relative.max(axis=0, initial=0.0)
    scale[scale == 0] = 1.0
    scaled, _ = nnls(relative / scale, np.ones_like(ms))
    return np.asarray(scaled / scale, dtype=np.float64)


def predict_left_out(features: Floats, ms: Floats, groups: Sequence[Hashable]) -> Floats:
    """Predict each row by a fit to the rows of all other groups; (R,)."""
    keys = list(groups)
    predicted = np.empty_like(ms)
    for group in set(keys):
        left_out = np.array([key == group for key in keys])
        coefficients = fit(features[~left_out], ms[~left_out])
        predicted[left_out] = features[left_out] @ coefficients
    return predicted


@dataclass(frozen=True)
class Judged:
    """A fitted model and its predictions of the rows.

    Attributes:
        coefficients: (F,) milliseconds per unit of each feature.
        fitted_ms: (R,) of the rows it was fitted to.
        left_out_ms: (R,) of each row by a fit to all other rows.
        unseen_network_ms: (R,) of each row by a fit to the rows of other networks.
    """

    coefficients: Floats
    fitted_ms: Floats
    left_out_ms: Floats
    unseen_network_ms: Floats


def judge(features: Floats, ms: Floats, networks: Sequence[str]) -> Judged:
    """Fit (R, F) ``features`` to (R,) ``ms``; ``networks`` names the network of each row."""
    coefficients = fit(features, ms)
    return Judged(
        coefficients=coefficients,
        fitted_ms=features @ coefficients,
        left_out_ms=predict_left_out(features, ms, range(len(ms))),
        unseen_network_ms=predict_left_out(features, ms, networks),
    )
