"""Make a predictor for a device of which there are few measurements from that of another device.

Two devices spend their time on the same layers, at other prices. With few rows one number must do,
how much slower the new device is; with more its fixed time a network is a second; with enough rows
a correction of the sizes of the network's parts. Which of them is worth its parameters is decided
by leaving out each row once.
"""

import math
from collections.abc import Mapping
from functools import partial

import numpy as np

from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.assembly import Origin, assemble
from nasbench_mvit.latency.document import Parent, PredictorDocument
from nasbench_mvit.latency.document_fits import Calibration
from nasbench_mvit.latency.features import CONSTANT, Floats
from nasbench_mvit.latency.fitting import fit, fit_correction, rounded
from nasbench_mvit.latency.measured import check_measured
from nasbench_mvit.latency.physical import Columns, PhysicalModel
from nasbench_mvit.latency.predictor import LatencyPredictor
from nasbench_mvit.latency.regression import CORRECTED_BY, PENALTIES
from nasbench_mvit.latency.rows import LatencyRows
from nasbench_mvit.latency.selection import Fit, Train, Trained, choose

MIN_ROWS, MIN_AFFINE, MIN_RESIDUAL = 3, 10, 20
SCALE, AFFINE = "scale", "affine"
INTERVAL = (
    "predicted · exp(± margin), for 90 % of networks like the rows: over the errors of rows left "
    "out one by one, conformal from 9 rows, below as a prediction interval of Student's t; where "
    "extrapolating, the parent's margin there is added"
)


def transferred_document(
    name: str, parent: LatencyPredictor, rows: LatencyRows, held_out: LatencyRows | None = None
) -> PredictorDocument:
    """Adapt the predictor ``parent`` of another device to measured ``rows``.

    The networks that the parent knows count as known.

    Raises:
        PredictorError: there are fewer than 3 rows, or they are not measured ones.
    """
    check_measured(rows)
    if len(rows) < MIN_ROWS:
        raise PredictorError(
            f"a transfer needs {MIN_ROWS} networks or more, got {len(rows)}: of fewer the error "
            "cannot be told. Measure more."
        )
    document = parent.document
    train = train_transfer(document.fit.model)
    origin = Origin(
        interval=INTERVAL,
        margin_outside=lambda trained: trained.margin + _margin_outside(document),
        parent=Parent(name=document.name, target=document.target, digest=parent.digest),
        known=document,
    )
    return assemble(name, rows, held_out, train, origin)


def train_transfer(parent: PhysicalModel) -> Train:
    """Return what adapts ``parent`` to rows, in the way that predicts rows left out best."""

    def train(columns: Columns, ms: Floats) -> Trained:
        return choose(_ways(parent, len(ms)), columns, ms, len(ms))

    return train


def _ways(parent: PhysicalModel, num_rows: int) -> dict[str, Fit]:
    ways: dict[str, Fit] = {SCALE: partial(_scaled, parent=parent)}
    if num_rows >= MIN_AFFINE:
        ways[AFFINE] = partial(_affine, parent=parent)
    if num_rows >= MIN_RESIDUAL:
        for penalty in PENALTIES:
            ways[f"{AFFINE}, corrected (ridge {penalty:g})"] = partial(
                _corrected, parent=parent, penalty=penalty
            )
    return ways


def _scaled(columns: Columns, ms: Floats, parent: PhysicalModel) -> PhysicalModel:
    """Multiply every price by the same number."""
    ratio = float(fit(parent.predict(columns)[:, np.newaxis], ms)[0])
    return _repriced(parent, {name: ratio * price for name, price in parent.coefficients.items()})


def _affine(columns: Columns, ms: Floats, parent: PhysicalModel) -> PhysicalModel:
    """Multiply every price by the same number but that of the constant, which gets its own."""
    factor = parent.factor(columns)
    fixed = parent.coefficients.get(CONSTANT, 0.0)
    varying = parent.predict(columns) - fixed * factor
    ratio, constant = fit(np.stack([varying, factor], axis=1), ms)
    prices = {name: ratio * price for name, price in parent.coefficients.items()}
    return _repriced(parent, prices | {CONSTANT: float(constant)})


def _corrected(
    columns: Columns, ms: Floats, parent: PhysicalModel, penalty: float
) -> PhysicalModel:
    adapted = _affine(columns, ms, parent)
    return fit_correction(adapted, columns, ms, CORRECTED_BY, penalty)


def _repriced(parent: PhysicalModel, prices: Mapping[str, float]) -> PhysicalModel:
    return PhysicalModel(
        coefficients={name: rounded(price) for name, price in prices.items()},
        corrections=parent.corrections,
    )


def _margin_outside(parent: PredictorDocument) -> float:
    """Return the parent's margin where it extrapolates, in logarithms."""
    if isinstance(parent.fit, Calibration):
        return -math.log1p(-parent.fit.candidates[parent.fit.rival].max_error)
    return parent.fit.extrapolation_margin
