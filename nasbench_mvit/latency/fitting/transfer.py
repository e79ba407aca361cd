"""Makes a predictor for a device with few measurements from that of another device.

Two devices spend their time on the same layers, at different prices, the coefficients. With few
rows only one factor is fitted, the ratio of the devices (*scale*). From 10 rows the fixed time per
network may be a second parameter (*affine*), or each price may change, by ridge regression with the
scaled parent as prior (*repriced*). From 20 rows a correction in logarithms may be added. The fit
is selected by leave-one-out, with more than 30 rows by 30-fold cross-validation.
"""

import math
from collections.abc import Mapping
from functools import partial

import numpy as np
from scipy.optimize import nnls

from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.features.sums import CONSTANT, Floats
from nasbench_mvit.latency.fitting.build import assemble
from nasbench_mvit.latency.fitting.fit import fit, fit_correction, rounded
from nasbench_mvit.latency.fitting.rows import LatencyRows
from nasbench_mvit.latency.fitting.selection import Fit, SelectedFit, Train, choose
from nasbench_mvit.latency.fitting.ways import BASE, CORRECTED_BY, PENALTIES
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.physical import Columns, PhysicalModel
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor

MIN_ROWS, MIN_AFFINE, MIN_RESIDUAL = 3, 10, 20
MAX_FOLDS = 30
SCALE, AFFINE, REPRICED = "scale", "affine", "repriced"
PULLS = (1.0, 0.3, 0.1, 0.03, 0.01)  # strongest first, which stays nearest to the parent
CORRECTED_PULL = 0.1
INTERVAL = (
    "predicted · exp(± margin), for 90 % of networks like the rows: over the errors of rows left "
    "out of the fit, conformal from 9 rows, below as a prediction interval of Student's t, and no "
    "less than covers rows that are variants of no other; where extrapolating, the parent's margin "
    "there is added"
)


def transferred_document(
    name: str, parent: LatencyPredictor, rows: LatencyRows, held_out: LatencyRows | None = None
) -> PredictorDocument:
    """Adapt the predictor ``parent`` of another device to measured ``rows``.

    The parent's domain is added to that of the rows.

    Raises:
        PredictorError: there are fewer than 3 rows.
    """
    if len(rows) < MIN_ROWS:
        raise PredictorError(
            f"a transfer needs {MIN_ROWS} networks or more, got {len(rows)}: with fewer the error "
            "cannot be estimated. Measure more."
        )
    origin = parent.document.fit
    return assemble(
        name,
        rows,
        held_out,
        train_transfer(origin.model),
        interval=INTERVAL,
        margin_outside=origin.extrapolation_margin,
        parent=parent,
    )


def train_transfer(parent: PhysicalModel) -> Train:
    """Return the training function that adapts ``parent`` with the best cross-validated fit."""

    def train(columns: Columns, ms: Floats) -> SelectedFit:
        return choose(ways(parent, len(ms)), columns, ms, MAX_FOLDS)

    return train


def ways(parent: PhysicalModel, num_rows: int) -> dict[str, Fit]:
    """Return the fits for ``num_rows`` rows by name, simplest first."""
    offered: dict[str, Fit] = {SCALE: partial(_scaled, parent=parent)}
    if num_rows >= MIN_AFFINE:
        offered[AFFINE] = partial(_affine, parent=parent)
        for pull in PULLS:
            offered[f"{REPRICED} (ridge {pull:g})"] = partial(repriced, parent=parent, pull=pull)
    if num_rows >= MIN_RESIDUAL:
        for penalty in PENALTIES:
            offered[f"{REPRICED} (ridge {CORRECTED_PULL:g}), corrected (ridge {penalty:g})"] = (
                partial(_corrected, parent=parent, penalty=penalty)
            )
    return offered


def _scaled(columns: Columns, ms: Floats, parent: PhysicalModel) -> PhysicalModel:
    """Multiply every price by the same factor."""
    ratio = _ratio(columns, ms, parent)
    return _with(parent, {name: ratio * price for name, price in parent.coefficients.items()})


def _affine(columns: Columns, ms: Floats, parent: PhysicalModel) -> PhysicalModel:
    """Multiply every price by the same factor, except the constant, which is fitted."""
    factor = parent.factor(columns)
    fixed = parent.coefficients.get(CONSTANT, 0.0)
    varying = parent.predict(columns) - fixed * factor
    ratio, constant = fit(np.stack([varying, factor], axis=1), ms)
    prices = {name: ratio * price for name, price in parent.coefficients.items()}
    return _with(parent, prices | {CONSTANT: float(constant)})


def repriced(columns: Columns, ms: Floats, parent: PhysicalModel, pull: float) -> PhysicalModel:
    """Fit a price for every feature, with the scaled parent as prior.

    Args:
        columns: the features, (R,) each.
        ms: latencies of the new device, (R,).
        parent: the model of the prior.
        pull: ridge penalty of a change relative to the squared relative errors. Prices are scaled
            to shares of the time, so that it is the same for all.
    """
    names = list(dict.fromkeys([*parent.coefficients, *BASE]))
    factor, ratio = parent.factor(columns), _ratio(columns, ms, parent)
    relative = np.stack([columns[name] * factor / ms for name in names], axis=1)
    scale = np.sqrt(np.mean(relative**2, axis=0))
    scale[scale == 0] = 1.0
    near = scale * [ratio * parent.coefficients.get(name, 0.0) for name in names]
    weight = math.sqrt(pull)
    shares, _ = nnls(
        np.vstack([relative / scale, weight * np.eye(len(names))]),
        np.concatenate([np.ones_like(ms), weight * near]),
    )
    return _with(parent, dict(zip(names, shares / scale, strict=True)))


def _corrected(
    columns: Columns, ms: Floats, parent: PhysicalModel, penalty: float
) -> PhysicalModel:
    adapted = repriced(columns, ms, parent, CORRECTED_PULL)
    return fit_correction(adapted, columns, ms, CORRECTED_BY, penalty)


def _ratio(columns: Columns, ms: Floats, parent: PhysicalModel) -> float:
    """Return the factor between the devices that minimises the squared relative errors."""
    return float(fit(parent.predict(columns)[:, np.newaxis], ms)[0])


def _with(parent: PhysicalModel, prices: Mapping[str, float]) -> PhysicalModel:
    """Return the parent with other prices; features without one are omitted."""
    return PhysicalModel(
        coefficients={name: rounded(price) for name, price in prices.items() if price > 0},
        corrections=parent.corrections,
    )
