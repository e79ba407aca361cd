"""The evaluation of a predictor, as tables and files.

Axes: S networks.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.figures import page as html
from nasbench_mvit.figures.latency import LatencyLabels, predicted_measured_figure
from nasbench_mvit.io.cells import number_cell
from nasbench_mvit.io.markdown import frame_table
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.latency.fitting.evaluation import RowEvaluation
from nasbench_mvit.latency.predictor.breakdown import breakdown, by_kind, by_stage
from nasbench_mvit.latency.predictor.document import RepeatNoise
from nasbench_mvit.latency.predictor.document_fits import Score
from nasbench_mvit.latency.predictor.envelope import Envelope
from nasbench_mvit.latency.predictor.physical import PhysicalModel
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor

TOTAL = "all"
LEGEND = (
    "MAPE: mean absolute relative error. ±10 %: share of rows missed by no more. covered: share of "
    "rows inside their 90 % interval"
)
WORST = 5


def noise_text(noise: RepeatNoise | None) -> str:
    """Return the repeatability of the latencies, in words."""
    if noise is None:
        return "unknown, since every network was visited once"
    return (
        f"two visits of one network differ by {noise.mean_difference:.1%} on average, "
        f"{noise.share_close:.0%} of {noise.pairs} networks by 10 % or less"
    )


def scores_frame(scores: Mapping[str, Mapping[str, Score]]) -> pd.DataFrame:
    """Return scores as text, one line for every model under every split."""
    return pd.DataFrame(
        {
            "networks": split,
            "model": model,
            "rows": str(score.rows),
            "MAPE": f"{score.mape:.1%}",
            "±10 %": f"{score.within_10:.1%}",
            "Spearman": number_cell(score.spearman, ".3f"),
            "covered": f"{score.coverage:.1%}",
        }
        for split, models in scores.items()
        for model, score in models.items()
    )


def left_out_frame(fit: Envelope) -> pd.DataFrame:
    """Return published rows beside the range of the models fitted without them, as text."""
    return pd.DataFrame(
        {
            "network": row.network,
            "fitted without": row.without,
            "published, ms": f"{row.published_ms:.2f}",
            "lower end, ms": f"{row.low_ms:.2f}",
            "upper end, ms": number_cell(row.high_ms, ".2f"),
            "inside": "yes" if row.is_covered else "no",
        }
        for row in fit.left_out
    )


def kinds_frame(model: PhysicalModel, specs: Sequence[MobileViTSpec]) -> pd.DataFrame:
    """Return the milliseconds and shares by kind of layer, mean of S networks, as text."""
    means = {kind: ms.mean() for kind, ms in by_kind(breakdown(model, specs)).items()}
    total = sum(means.values())
    return pd.DataFrame(
        {"kind of layer": kind, "ms": f"{ms:.2f}", "share": f"{ms / total:.1%}"}
        for kind, ms in sorted(means.items(), key=lambda item: -item[1])
    )


def parts_frame(model: PhysicalModel, spec: MobileViTSpec) -> pd.DataFrame:
    """Return one network's milliseconds by kind of layer and stage, as text."""
    parts = breakdown(model, [spec])
    kinds, stages = list(by_kind(parts)), list(by_stage(parts))
    ms = pd.DataFrame(0.0, index=kinds, columns=stages)
    for (stage, kind), value in parts.items():
        ms.loc[kind, stage] = value[0]
    ms[TOTAL] = ms.sum(axis=1)
    ms.loc[TOTAL] = ms.sum()
    shown = ms.map(lambda value: f"{value:.2f}" if value else "")
    shown.insert(0, "ms", shown.index)
    return shown


def worst_frame(evaluation: RowEvaluation) -> pd.DataFrame:
    """Return the networks with the largest errors, as text."""
    order = evaluation.rows.error.abs().sort_values(ascending=False).index[:WORST]
    return pd.DataFrame(
        {
            "network": row.network,
            "measured, ms": f"{row.measured_ms:.2f}",
            "predicted, ms": f"{row.predicted_ms:.2f}",
            "error": f"{row.error:+.1%}",
            "": row.group,
        }
        for row in evaluation.rows.loc[order].itertuples()
    )


def evaluation_figure(predictor: LatencyPredictor, evaluation: RowEvaluation) -> go.Figure:
    """Return the figure of predicted against measured latencies."""
    document = predictor.document
    labels = LatencyLabels(
        measured=f"measured, ms ({document.target})", predicted=f"predicted by {document.name}, ms"
    )
    return predicted_measured_figure(evaluation.rows, labels)


def write_report(folder: Path, predictor: LatencyPredictor, evaluation: RowEvaluation) -> None:
    """Write ``scores.md``, ``predicted_measured.html`` and ``rows.csv`` into ``folder``."""
    figure = evaluation_figure(predictor, evaluation)
    drawn = html.figure(figure, "Predicted against measured latencies, and the errors")
    page = html.page(predictor.document.name, [drawn])
    for name, text in (
        ("scores.md", frame_table(scores_frame(evaluation.scores)) + "\n"),
        ("predicted_measured.html", page),
        ("rows.csv", evaluation.rows.to_csv(index=False)),
    ):
        write_text(folder / name, text)
