"""Evaluates a predictor file and its baselines on measured rows, seen and unseen separately.

Axes: R rows.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.errors import PredictorError
from nasbench_mvit.figures.latency import SEEN, UNSEEN, group
from nasbench_mvit.latency.fitting.build import columns_of
from nasbench_mvit.latency.fitting.rows import LatencyRows
from nasbench_mvit.latency.fitting.scoring import scored, scored_by_margin
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.document_fits import MODEL, Regression, Score
from nasbench_mvit.latency.predictor.predictor import LatencyArrays, LatencyPredictor
from nasbench_mvit.latency.target import VERSIONS, Target


@dataclass(frozen=True)
class RowEvaluation:
    """The evaluation of a predictor on rows.

    Attributes:
        scores: the scores by split (``UNSEEN``, ``SEEN``), then by model.
        rows: one line per network: network, measured_ms, predicted_ms, low_ms, high_ms, error,
            group (see ``figures.latency``).
        notes: the differences between the measurement of the predictor's rows and of these.
    """

    scores: dict[str, dict[str, Score]]
    rows: pd.DataFrame
    notes: tuple[str, ...]


def evaluate(predictor: LatencyPredictor, rows: LatencyRows) -> RowEvaluation:
    """Evaluate ``predictor`` on ``rows`` of its target.

    Raises:
        PredictorError: the rows are of another target.
    """
    notes = (
        *_check_target(predictor.document, rows.target),
        *_check_estimator(predictor.document, rows),
    )
    predicted = predictor.predict_many(rows.specs)
    known = {row.spec_id for row in predictor.document.rows}
    seen = np.array([spec.id in known for spec in rows.specs])
    scores = {
        split: _scores(predictor, rows.pick([int(row) for row in np.flatnonzero(there)]))
        for split, there in ((UNSEEN, ~seen), (SEEN, seen))
        if there.any()
    }
    return RowEvaluation(scores=scores, rows=_table(rows, predicted, seen), notes=notes)


def _scores(predictor: LatencyPredictor, rows: LatencyRows) -> dict[str, Score]:
    predicted = predictor.predict_many(rows.specs)
    scores = {MODEL: scored(rows.ms, predicted.ms, predicted.low, predicted.high)}
    fit = predictor.document.fit
    if isinstance(fit, Regression):
        columns = columns_of(rows)
        scores |= {
            name: scored_by_margin(rows.ms, baseline.model.predict(columns), baseline.margin)
            for name, baseline in fit.baselines.items()
        }
    return scores


def _table(rows: LatencyRows, predicted: LatencyArrays, seen: NDArray[np.bool_]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "network": [spec.id for spec in rows.specs],
            "measured_ms": rows.ms,
            "predicted_ms": predicted.ms,
            "low_ms": predicted.low,
            "high_ms": predicted.high,
            "error": predicted.ms / rows.ms - 1,
            "group": [
                group(fitted=bool(fitted), extrapolating=bool(outside))
                for fitted, outside in zip(seen, predicted.extrapolating, strict=True)
            ],
        }
    )


def _check_estimator(document: PredictorDocument, rows: LatencyRows) -> list[str]:
    """Return a note if the rows have another estimator."""
    if not isinstance(document.fit, Regression) or document.records.estimator == rows.estimator:
        return []
    return [f"milliseconds {document.records.estimator} there, {rows.estimator} here"]


def _check_target(document: PredictorDocument, found: Target) -> tuple[str, ...]:
    """Return notes on the permitted differences.

    Raises:
        PredictorError: another field differs.
    """
    differing = document.differences(found, words=("there", "here"))
    grave = [text for key, text in differing.items() if key not in VERSIONS]
    if grave:
        raise PredictorError(
            f"the predictor is for another target than the rows: {'; '.join(grave)}. Use records "
            "of its target, or make a predictor for this one with `fit` or `transfer`."
        )
    return tuple(differing.values())
