"""Builds a predictor file from measured rows and a training function, with scores of baselines.

Axes: R rows.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.analysis.conformal import tolerance_margin
from nasbench_mvit.architecture.network import Network
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.domain import TOLERANCE, digest, ranges_of, settings_of
from nasbench_mvit.latency.features.sums import (
    RESIZE,
    RESOLUTION,
    Floats,
    compact,
    familiar,
    feature_columns,
)
from nasbench_mvit.latency.fitting.fit import rounded
from nasbench_mvit.latency.fitting.independence import independent
from nasbench_mvit.latency.fitting.rows import LatencyRows
from nasbench_mvit.latency.fitting.scoring import (
    cross_validated,
    extrapolated,
    scored_by_margin,
    too_inaccurate,
)
from nasbench_mvit.latency.fitting.selection import SelectedFit, Train
from nasbench_mvit.latency.fitting.ways import BASELINES, FEATURES_USED, train_baseline
from nasbench_mvit.latency.predictor.document import (
    Parent,
    PredictorDocument,
    PredictorRow,
    Range,
    Records,
)
from nasbench_mvit.latency.predictor.document_fits import (
    CROSS_VALIDATION,
    EXTRAPOLATION,
    HELD_OUT,
    MODEL,
    Baseline,
    Regression,
    Score,
)
from nasbench_mvit.latency.predictor.physical import Columns, PhysicalModel
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor

MIN_INDEPENDENT = 9  # of fewer errors a margin is as wide as the largest, whatever they are of


def columns_of(rows: LatencyRows, extra: Sequence[str] = ()) -> dict[str, Floats]:
    """Return the features that the fits need, and ``extra`` ones, (R,) each."""
    return feature_columns(SpecArrays.of(rows.specs), list(dict.fromkeys([*FEATURES_USED, *extra])))


def assemble(
    name: str,
    rows: LatencyRows,
    held_out: LatencyRows | None,
    train: Train,
    *,
    interval: str,
    margin_outside: float,
    parent: LatencyPredictor | None = None,
) -> PredictorDocument:
    """Fit ``train`` and the baselines to ``rows``, score all of them, and return the document.

    Args:
        name: name of the predictor.
        rows: the rows to fit to.
        held_out: the rows for evaluation alone.
        train: the training function of the predictor's model.
        interval: description of the interval.
        margin_outside: the least margin for networks unlike the rows; a parent's is added to the
            margin for those like them.
        parent: the predictor that it is transferred from, whose domain is added to its own.
    """
    trains = {MODEL: train, **{baseline: train_baseline(baseline) for baseline in BASELINES}}
    known = parent.document if parent else None
    columns = columns_of(rows, known.fit.features if known else ())
    trained = {key: way(columns, rows.ms) for key, way in trains.items()}
    widening = _widening(rows, trained[MODEL])
    trains[MODEL] = _widened(train, widening)
    chosen = dataclasses.replace(trained[MODEL], margin=widening * trained[MODEL].margin)
    trained[MODEL] = chosen
    outside = margin_outside + (chosen.margin if known else 0)
    scores = _scores(trains, trained, rows, columns, held_out)
    return PredictorDocument(
        schema_version=2,
        name=name,
        target=rows.target,
        records=Records(
            kind="measured",
            basis=f"{len(rows)} networks measured on it",
            count=len(rows),
            sha256=digest(rows.specs, rows.ms),
            estimator=rows.estimator,
            noise=rows.noise,
        ),
        parent=Parent(name=known.name, target=known.target, digest=parent.digest)
        if parent and known
        else None,
        fit=Regression(
            way=chosen.way,
            model=chosen.model,
            margin=rounded(chosen.margin),
            extrapolation_margin=rounded(max(chosen.margin, outside)),
            baselines={
                key: Baseline(model=trained[key].model, margin=rounded(trained[key].margin))
                for key in BASELINES
            },
            scores=scores,
        ),
        rows=report_rows(
            [(spec.id, spec, "measured") for spec in rows.specs],
            rows.ms,
            chosen.model.predict(columns),
            chosen.left_out_ms,
            columns[RESIZE] > 0,
        ),
        ranges=_ranges(rows, chosen.model, known),
        tolerance=TOLERANCE,
        settings=_settings(rows, known),
        interval=interval,
        do_not_use=too_inaccurate(scores.get(HELD_OUT, scores[CROSS_VALIDATION])[MODEL]),
    )


def _widening(rows: LatencyRows, trained: SelectedFit) -> float:
    """Return the factor of the margin that covers networks that are variants of no other row."""
    alone = independent(rows.specs)
    if alone.sum() < MIN_INDEPENDENT or not trained.margin:
        return 1.0
    errors = np.log(rows.ms / trained.left_out_ms)[alone]
    return max(1.0, tolerance_margin(errors) / trained.margin)


def _widened(train: Train, factor: float) -> Train:
    def widened(columns: Columns, ms: Floats) -> SelectedFit:
        trained = train(columns, ms)
        return dataclasses.replace(trained, margin=factor * trained.margin)

    return widened


def _scores(
    trains: dict[str, Train],
    trained: dict[str, SelectedFit],
    rows: LatencyRows,
    columns: Columns,
    held_out: LatencyRows | None,
) -> dict[str, dict[str, Score]]:
    scores = {
        CROSS_VALIDATION: {
            key: cross_validated(train, columns, rows.ms) for key, train in trains.items()
        },
        EXTRAPOLATION: {
            key: extrapolated(train, columns, rows.ms) for key, train in trains.items()
        },
    }
    if held_out is not None:
        unseen = columns_of(held_out, list(columns))
        scores[HELD_OUT] = {
            key: scored_by_margin(held_out.ms, fit.model.predict(unseen), fit.margin)
            for key, fit in trained.items()
        }
    return scores


def report_rows(
    networks: Sequence[tuple[str, Network, str]],
    ms: Floats,
    fitted_ms: Floats,
    left_out_ms: Floats,
    resized: NDArray[np.bool_],
) -> list[PredictorRow]:
    """Return (R,) rows of a file: names, specs and sources, true and predicted milliseconds."""
    return [
        PredictorRow(
            network=name,
            spec_id=spec.id,
            source=source,
            measured_ms=rounded(true),
            fitted_ms=rounded(fitted),
            fit_error=rounded(fitted / true - 1),
            left_out_ms=rounded(left_out),
            left_out_error=rounded(left_out / true - 1),
            needs_resize=bool(needs_resize),
        )
        for (name, spec, source), true, fitted, left_out, needs_resize in zip(
            networks, ms, fitted_ms, left_out_ms, resized, strict=True
        )
    ]


def _ranges(
    rows: LatencyRows, model: PhysicalModel, known: PredictorDocument | None
) -> dict[str, Range]:
    ranges = ranges_of(SpecArrays.of(rows.specs), model.features)
    others = known.ranges if known else {}
    return {
        name: Range(low=min(found.low, other.low), high=max(found.high, other.high))
        for name, found in ranges.items()
        for other in [others.get(name, found)]
    }


def _settings(rows: LatencyRows, known: PredictorDocument | None) -> dict[str, list[int]]:
    """Return the settings of the rows, without the resolution, which the features include."""
    settings = familiar(settings_of(SpecArrays.of(rows.specs)))
    others = familiar(known.settings) if known else {}
    return compact(
        {
            name: sorted({*values, *others.get(name, ())})
            for name, values in settings.items()
            if name != RESOLUTION
        }
    )
