"""What a latency predictor was made from and how far it can be trusted, as tables."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasbench_mvit.latency.document import PredictorDocument
from nasbench_mvit.latency.predictor import LatencyPredictor, load_predictor, predictor_names

BASELINES = {"macs": "MACs only", "four_term": "four sums over the layers"}
CLOSE = 0.1
PUBLISHED = Path(__file__).parents[1] / "latency" / "published"
NO_REPEATS = (
    "The noise of these latencies is not known: each published row is one number, the mean of runs "
    "of which nothing else is published"
)


@dataclass(frozen=True)
class Evidence:
    """How far a predictor can be trusted.

    Attributes:
        rows: with the columns network, source, true_ms, fitted_ms, fit_error, left_out_ms,
            left_out_error and needs_resize; errors as fractions of the true.
        models: every model that was tried: model, role, its errors in percent.
        kind: of the latencies it was fitted to, "published" or "measured".
        share_close: share of the rows predicted within 10 % when left out, by need of a resize.
        noise: what is known of the latencies' own noise.
    """

    rows: pd.DataFrame
    models: pd.DataFrame
    kind: str
    share_close: str
    noise: str


def evidence(predictor: LatencyPredictor) -> Evidence:
    """Return what is known of a predictor's errors."""
    document = predictor.document
    rows = pd.DataFrame([row.model_dump() for row in document.rows]).rename(
        columns={"measured_ms": "true_ms"}
    )
    return Evidence(
        rows=rows,
        models=_models(document),
        kind=document.records.kind,
        share_close=_share_close(rows),
        noise=NO_REPEATS,
    )


def _models(document: PredictorDocument) -> pd.DataFrame:
    rows = [
        {
            "model": BASELINES.get(name, name),
            "role": "predicts" if name == document.chosen
            else "baseline" if name in BASELINES else "tried",
            "mean error left out, %": model.mean_error * 100,
            "largest error left out, %": model.max_error * 100,
            "largest error, network left out, %": model.max_error_unseen_network * 100,
            "largest error in the fit, %": model.max_fit_error * 100,
            "terms": ", ".join(model.coefficients),
        }
        for name, model in document.candidates.items()
    ]  # fmt: skip
    return pd.DataFrame(rows).sort_values("largest error left out, %", ignore_index=True).round(2)


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
