"""Scores of a fit on held-out rows.

Axes: R rows.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from nasbench_mvit.analysis.conformal import margin
from nasbench_mvit.latency.features.sums import Floats
from nasbench_mvit.latency.fitting.fit import rounded
from nasbench_mvit.latency.fitting.selection import Train, folds, take
from nasbench_mvit.latency.predictor.document_fits import Score
from nasbench_mvit.latency.predictor.physical import Columns

CLOSE = 0.10
MAX_ERROR = 0.25  # mean relative error of a predictor that may be used
FOLDS = 10
TAIL = 0.1  # share of the rows at an end that a fit to the others predicts
MIN_RANKED = 3


def scored(ms: Floats, predicted: Floats, low: Floats, high: Floats) -> Score:
    """Score (R,) predictions with intervals from ``low`` to ``high`` against the true ``ms``."""
    errors = np.abs(predicted / ms - 1)
    return Score(
        rows=len(ms),
        mape=rounded(float(errors.mean())),
        within_10=rounded(float((errors <= CLOSE).mean())),
        spearman=_spearman(ms, predicted),
        coverage=rounded(float(((low <= ms) & (ms <= high)).mean())),
    )


def too_inaccurate(score: Score) -> str | None:
    """Return why a model of this score on rows it was not fitted to is of no use, None if it is."""
    if score.mape <= MAX_ERROR:
        return None
    return (
        f"{score.rows} networks that it was not fitted to are missed by {score.mape:.0%} on "
        f"average, more than {MAX_ERROR:.0%}"
    )


def scored_by_margin(ms: Floats, predicted: Floats, margins: Floats | float) -> Score:
    """Score (R,) predictions whose intervals have ``margins``, in logarithms."""
    factor = np.exp(margins)
    return scored(ms, predicted, predicted / factor, predicted * factor)


def _spearman(ms: Floats, predicted: Floats) -> float | None:
    if len(ms) < MIN_RANKED or np.ptp(ms) == 0 or np.ptp(predicted) == 0:
        return None
    return rounded(float(stats.spearmanr(ms, predicted).statistic))


def cross_validated(train: Train, columns: Columns, ms: Floats) -> Score:
    """Score ``train`` on rows that were used for nothing else, neither a choice nor a margin."""
    fold = folds(len(ms), FOLDS)
    predicted, margins = np.empty_like(ms), np.empty_like(ms)
    for number in np.unique(fold):
        there = fold == number
        predicted[there], margins[there] = _without(train, columns, ms, there)
    return scored_by_margin(ms, predicted, margins)


def extrapolated(train: Train, columns: Columns, ms: Floats) -> Score:
    """Score ``train`` on the slowest tenth of the rows, fitted to the others."""
    there = _tail(ms, slowest=True)
    predicted, margins = _without(train, columns, ms, there)
    return scored_by_margin(ms[there], predicted, margins)


def extrapolation_margin(train: Train, columns: Columns, ms: Floats) -> float:
    """Return the margin for networks unlike the rows, in logarithms.

    It covers the slowest and the fastest tenth, each predicted without its rows.
    """
    errors = []
    for slowest in (True, False):
        there = _tail(ms, slowest=slowest)
        predicted, _ = _without(train, columns, ms, there)
        errors.append(np.log(ms[there] / predicted))
    return margin(np.concatenate(errors))


def _tail(ms: Floats, *, slowest: bool) -> NDArray[np.bool_]:
    """Return a mask of the slowest or the fastest tenth of the rows, (R,)."""
    count = max(1, round(len(ms) * TAIL))
    order = np.argsort(ms, kind="stable")
    chosen = np.zeros(len(ms), dtype=bool)
    chosen[order[-count:] if slowest else order[:count]] = True
    return chosen


def _without(
    train: Train, columns: Columns, ms: Floats, there: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Predict the rows ``there`` by a fit to all others; return predictions and margins."""
    trained = train(take(columns, ~there), ms[~there])
    predicted = trained.model.predict(take(columns, there))
    return predicted, np.full_like(predicted, trained.margin)
