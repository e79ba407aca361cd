"""Figures of the arms of an ablation: the score of every seed, and latencies with the paper's."""

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.ablation.intervals import interval_figure
from nasbench_mvit.figures.columns import BLUE, CATEGORIES, plain
from nasbench_mvit.figures.layout import laid_out


def scores_figure(scores: pd.DataFrame, label: str) -> go.Figure:
    """Draw every score, the same seeds joined by lines: parallel lines show a clear effect.

    Args:
        scores: a table with the columns arm, seed and top1 (percent), arms in order.
        label: description of the scores.
    """
    figure = go.Figure()
    for index, (seed, rows) in enumerate(scores.groupby("seed")):
        figure.add_trace(
            go.Scatter(
                x=rows.arm.map(plain),
                y=rows.top1,
                mode="lines+markers",
                name=f"seed {seed}",
                line={"color": CATEGORIES[index % len(CATEGORIES)], "width": 1},
            )
        )
    means = scores.groupby("arm", sort=False).top1.mean()
    figure.add_trace(
        go.Scatter(
            x=[plain(arm) for arm in means.index],
            y=means,
            mode="markers",
            name="mean",
            marker={"color": BLUE, "size": 14, "symbol": "line-ew-open", "line": {"width": 3}},
        )
    )
    figure.update_yaxes(title_text=f"{plain(label)}, %")
    return laid_out(figure, 380)


def latencies_figure(arms: pd.DataFrame, label: str, paper_label: str) -> go.Figure:
    """Draw each arm's latency with its interval, and the paper's if it has one.

    Args:
        arms: a table with the columns arm, latency_ms, latency_low_ms, latency_high_ms and
            paper_latency_ms.
        label: description of the latencies.
        paper_label: description of the paper's latencies.
    """
    values = pd.DataFrame(
        {"value": arms.latency_ms, "low": arms.latency_low_ms, "high": arms.latency_high_ms}
    )
    names = arms.arm.map(plain).tolist()
    figure = interval_figure(names, values, arms.paper_latency_ms, label, paper_label)
    figure.update_xaxes(title_text="latency, ms", rangemode="tozero")
    return figure
