"""Selects a fit by cross-validation, and keeps the errors of the held-out rows.

The simplest fit is kept unless a richer one is better by more than two standard errors of the
paired difference: with few rows a gain is mostly noise.

Axes: R rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.analysis.conformal import margin
from nasbench_mvit.latency.features.sums import Floats
from nasbench_mvit.latency.predictor.physical import Columns, PhysicalModel

Fit = Callable[[Columns, Floats], PhysicalModel]
Rows = NDArray[np.bool_] | NDArray[np.intp]
SEED = 0  # of the folds
CLEAR = 2.0  # standard errors


@dataclass(frozen=True)
class SelectedFit:
    """The selected model and its predictions of held-out rows.

    Attributes:
        model: the model fitted to all rows.
        way: name of the selected fit.
        left_out_ms: each row predicted by a model fitted without it, (R,).
        margin: margin of the interval, see ``conformal``.
    """

    model: PhysicalModel
    way: str
    left_out_ms: Floats
    margin: float


Train = Callable[[Columns, Floats], SelectedFit]


def take(columns: Columns, rows: Rows) -> dict[str, Floats]:
    """Return the chosen rows of every column."""
    return {name: column[rows] for name, column in columns.items()}


def folds(count: int, number: int) -> NDArray[np.intp]:
    """Return the fold of each of ``count`` rows, (count,), for ``number`` folds."""
    shuffled: NDArray[np.intp] = np.random.default_rng(SEED).permutation(count)
    return shuffled % min(number, count)


def choose(ways: Mapping[str, Fit], columns: Columns, ms: Floats, number: int) -> SelectedFit:
    """Return the best of the ``ways``, simplest first, by ``number``-fold cross-validation."""
    fold = folds(len(ms), number)
    left_out = {way: _left_out(fit, columns, ms, fold) for way, fit in ways.items()}
    losses = {way: np.abs(np.log(ms / predicted)) for way, predicted in left_out.items()}
    chosen, *others = ways
    for way in others:
        gains = losses[chosen] - losses[way]
        if gains.mean() > CLEAR * gains.std(ddof=1) / np.sqrt(len(gains)):
            chosen = way
    return SelectedFit(
        model=ways[chosen](columns, ms),
        way=chosen,
        left_out_ms=left_out[chosen],
        margin=margin(np.log(ms / left_out[chosen])),
    )


def _left_out(fit: Fit, columns: Columns, ms: Floats, fold: NDArray[np.intp]) -> Floats:
    predicted = np.empty_like(ms)
    for number in np.unique(fold):
        there = fold == number
        model = fit(take(columns, ~there), ms[~there])
        predicted[there] = model.predict(take(columns, there))
    return predicted
