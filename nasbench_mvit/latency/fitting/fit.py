"""Fits non-negative sums and their corrections to latencies.

Axes: R rows, F features. Errors are relative, predicted / true - 1.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import nnls

from nasbench_mvit.latency.features.sums import Floats
from nasbench_mvit.latency.predictor.physical import Columns, Correction, PhysicalModel, Term

DIGITS = 6  # significant digits in a file


def fit(features: Floats, ms: Floats) -> Floats:
    """Return the coefficients ≥ 0 that minimise the squared relative errors over R rows, (F,).

    Args:
        features: features of the rows, (R, F); a column of zeros gets the coefficient 0.
        ms: positive latencies, (R,).
    """
    relative = features / ms[:, np.newaxis]
    scale = relative.max(axis=0, initial=0.0)
    scale[scale == 0] = 1.0
    scaled, _ = nnls(relative / scale, np.ones_like(ms))
    return np.asarray(scaled / scale, dtype=np.float64)


def rounded(value: float) -> float:
    """Return ``value`` rounded to the digits of a file."""
    return float(f"{value:.{DIGITS}g}")


def fit_sum(columns: Columns, ms: Floats, names: Sequence[str]) -> PhysicalModel:
    """Return the non-negative sum of the features ``names`` that fits (R,) ``ms`` best.

    Features with the coefficient 0 are omitted.
    """
    prices = fit(np.stack([columns[name] for name in names], axis=1), ms)
    return PhysicalModel(
        coefficients={
            name: rounded(price) for name, price in zip(names, prices, strict=True) if price > 0
        }
    )


def fit_correction(
    model: PhysicalModel, columns: Columns, ms: Floats, names: Sequence[str], penalty: float
) -> PhysicalModel:
    """Return ``model`` with a further correction: ridge regression of the logarithmic errors.

    Args:
        model: the model to correct.
        columns: the features, (R,) each.
        ms: the latencies, (R,).
        names: features of the correction; those that do not vary over the rows are omitted.
        penalty: ridge penalty of the weights.
    """
    logs = {name: np.log1p(columns[name]) for name in names}
    varying = [name for name in names if np.ptp(logs[name]) > 0]
    errors = np.log(ms / model.predict(columns))
    intercept = float(errors.mean())
    if not varying:
        return _corrected(model, Correction(intercept=rounded(intercept), terms={}))
    means = np.array([logs[name].mean() for name in varying])
    scales = np.array([logs[name].std() for name in varying])
    standard = (np.stack([logs[name] for name in varying], axis=1) - means) / scales
    gram = standard.T @ standard + penalty * np.eye(len(varying))
    weights = np.linalg.solve(gram, standard.T @ (errors - intercept))
    terms = {
        name: Term(
            mean=rounded(means[index]),
            scale=rounded(scales[index]),
            low=rounded(standard[:, index].min()),
            high=rounded(standard[:, index].max()),
            weight=rounded(weights[index]),
        )
        for index, name in enumerate(varying)
    }
    return _corrected(model, Correction(intercept=rounded(intercept), terms=terms))


def _corrected(model: PhysicalModel, correction: Correction) -> PhysicalModel:
    return PhysicalModel(
        coefficients=model.coefficients, corrections=[*model.corrections, correction]
    )
