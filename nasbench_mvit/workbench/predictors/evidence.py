"""What a latency predictor was made from and how far it can be trusted, as tables."""

import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasbench_mvit.figures.latency import IN_FIT, LEFT_OUT, LatencyLabels
from nasbench_mvit.latency.fitting.report import LEGEND, left_out_frame, noise_text
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.document_fits import Calibration, Regression
from nasbench_mvit.latency.predictor.envelope import Envelope
from nasbench_mvit.latency.predictor.files import predictor_names
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor as LatencyPredictor  # noqa: PLC0414 - for the pages
from nasbench_mvit.latency.predictor.predictor import load_predictor

CLOSE = 0.1
PERCENT = 100.0
PUBLISHED = Path(__file__).parents[2] / "latency" / "data" / "published"
NO_REPEATS = (
    "not known: each published latency is one number, the mean of runs of which nothing else is "
    "published"
)
CALIBRATION_BASELINES = {"macs": "MACs only", "four_term": "four sums over the layers"}
CALIBRATION_LEGEND = (
    "Errors of the rows that need no resize; with a network left out, all its rows are"
)

ENVELOPE_LEGEND = (
    "Each published row beside the range of all models that fit the other rows; no upper end: "
    "nothing in them bounds it"
)
NS_PER_MS = 1e6


@dataclass(frozen=True)
class Evidence:
    """The evidence for a predictor: its rows, and its errors on them.

    Attributes:
        rows: with the columns network, spec_id, source, measured_ms, fitted_ms, fit_error,
            left_out_ms, left_out_error and needs_resize; errors as fractions of the true.
        points: the same for ``figures.latency``: each row as the predictor has it and as a fit
            without it has it.
        labels: the words of that figure.
        models: how well the predictor and simpler models do, or rows that it was fitted without.
        terms: which terms each model has, or the prices of an ensemble; else empty.
        legend: what the columns of ``models`` are.
        share_close: share of the rows predicted within 10 % when left out, by need of a resize.
        noise: what is known of the latencies' own noise.
    """

    rows: pd.DataFrame
    points: pd.DataFrame
    labels: LatencyLabels
    models: pd.DataFrame
    terms: pd.DataFrame
    legend: str
    share_close: str
    noise: str

    @property
    def is_measured(self) -> bool:
        """Whether there are networks held out of every fit."""
        return self.terms.empty

    @property
    def kind(self) -> str:
        """The kind of the latencies it was fitted to: "published" or "measured"."""
        return self.labels.kind


def evidence(predictor: LatencyPredictor) -> Evidence:
    """Return the known errors of a predictor."""
    document = predictor.document
    kind = document.records.kind
    rows = pd.DataFrame([row.model_dump() for row in document.rows])
    models, terms, legend = _models(document.fit)
    return Evidence(
        rows=rows,
        points=_points(rows, document),
        labels=LatencyLabels(
            measured=f"{kind} latency, ms", predicted="estimated latency, ms", kind=kind
        ),
        models=models,
        terms=terms,
        legend=legend,
        share_close=_share_close(rows),
        noise=NO_REPEATS if kind == "published" else noise_text(document.records.noise),
    )


def _models(fit: Calibration | Envelope | Regression) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Return how good a fit is, the terms of its models, and what the columns of the former are."""
    if isinstance(fit, Calibration):
        return _candidates(fit), _terms(fit), CALIBRATION_LEGEND
    if isinstance(fit, Envelope):
        return left_out_frame(fit), _prices(fit), ENVELOPE_LEGEND
    return _scores(fit), pd.DataFrame(), LEGEND


def _prices(fit: Envelope) -> pd.DataFrame:
    """Return the prices of each feature over all models."""
    return pd.DataFrame(
        {
            "feature": name,
            "least, ns": min(prices) * NS_PER_MS,
            "mean, ns": sum(prices) / len(prices) * NS_PER_MS,
            "most, ns": max(prices) * NS_PER_MS,
        }
        for name, prices in zip(fit.features, zip(*fit.models, strict=True), strict=True)
    )


def _points(rows: pd.DataFrame, document: PredictorDocument) -> pd.DataFrame:
    """Return rows for the figure; a regression's margin is that of rows left out of the fit."""
    fit = document.fit
    factor = math.exp(fit.margin) if isinstance(fit, Regression) else math.nan
    names = rows[["network", "measured_ms"]]
    fitted = names.assign(
        predicted_ms=rows.fitted_ms, low_ms=math.nan, high_ms=math.nan, group=IN_FIT
    )
    left_out = names.assign(
        predicted_ms=rows.left_out_ms,
        low_ms=rows.left_out_ms / factor,
        high_ms=rows.left_out_ms * factor,
        group=LEFT_OUT,
    )
    return pd.concat([fitted, left_out], ignore_index=True)


def _candidates(fit: Calibration) -> pd.DataFrame:
    rows = [
        {
            "model": CALIBRATION_BASELINES.get(name, name),
            "role": "predicts" if name == fit.chosen
            else "baseline" if name in CALIBRATION_BASELINES else "tried",
            "mean error left out, %": model.mean_error * PERCENT,
            "largest error left out, %": model.max_error * PERCENT,
            "largest error, network left out, %": model.max_error_unseen_network * PERCENT,
            "largest error in the fit, %": model.max_fit_error * PERCENT,
        }
        for name, model in fit.candidates.items()
    ]  # fmt: skip
    return pd.DataFrame(rows).sort_values("largest error left out, %", ignore_index=True).round(2)


def _scores(fit: Regression) -> pd.DataFrame:
    """Return the scores of the predictor and of simpler models under every split."""
    return pd.DataFrame(
        {
            "networks": split,
            "model": model,
            "rows": score.rows,
            "MAPE, %": score.mape * PERCENT,
            "within ±10 %, %": score.within_10 * PERCENT,
            "Spearman": math.nan if score.spearman is None else score.spearman,
            "covered, %": score.coverage * PERCENT,
        }
        for split, models in fit.scores.items()
        for model, score in models.items()
    ).round(3)


def _terms(fit: Calibration) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": CALIBRATION_BASELINES.get(name, name),
            "terms": ", ".join(model.coefficients),
        }
        for name, model in fit.candidates.items()
    )


def _share_close(rows: pd.DataFrame) -> str:
    parts = []
    for needs_resize, group in rows.groupby("needs_resize"):
        close = int((group.left_out_error.abs() <= CLOSE).sum())
        what = "with a resize" if needs_resize else "without a resize"
        parts.append(f"{close} of {len(group)} {what}")
    return ", ".join(parts)


def available(own: str | None) -> dict[str, LatencyPredictor]:
    """Return the predictors that the package ships and the study's ``own``, by name."""
    names = dict.fromkeys([*([own] if own else []), *predictor_names()])
    return {name: load_predictor(name) for name in names}


def published_elsewhere() -> pd.DataFrame:
    """Return the published latencies that are in no calibration, and why."""
    tables = [pd.read_csv(path) for path in sorted(PUBLISHED.glob("*.csv"))]
    rows = pd.concat(tables, ignore_index=True)
    return rows[rows.unused_because.notna()][
        ["model", "runtime", "resolution", "latency_ms", "source", "unused_because"]
    ].rename(
        columns={
            "resolution": "resolution, px",
            "latency_ms": "published, ms",
            "unused_because": "unused because it is",
        }
    )
