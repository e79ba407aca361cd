"""Accuracy against latency: the networks of a study, its front and the published networks."""

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

# Okabe & Ito's palette, which stays apart for every kind of colour vision.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8A8A8A"
PERCENT = 100.0


@dataclass(frozen=True)
class ParetoLabels:
    """The words of a figure.

    Attributes:
        latency: what the latency axis shows, with the device and what kind of number it is.
        accuracy: what the accuracy axis shows.
        paper: what the panel of the paper's figures shows.
        noise: half height of the error bars as a fraction, NaN for none.
        limit_ms: the study's latency limit, None if it has none.
    """

    latency: str
    accuracy: str
    paper: str
    noise: float
    limit_ms: float | None


def pareto_figure(trials: pd.DataFrame, paper: pd.DataFrame, labels: ParetoLabels) -> go.Figure:
    """Draw the front in one panel and the paper's ImageNet figures in another below it.

    The two share the latency axis and nothing else: a proxy's accuracy and ImageNet's are not
    comparable.

    Args:
        trials: with the columns name, spec_id, role ("search" or "baseline"), top1 (fraction),
            seeds (tuple), latency_ms, latency_low_ms, latency_high_ms, params, macs, on_front. Rows
            without a top1 are left out.
        paper: with the columns name, top1 (percent), latency_ms and latency_kind.
        labels: the words.

    Returns:
        A figure of two panels.
    """
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        row_heights=[0.68, 0.32],
        vertical_spacing=0.09,
        subplot_titles=(labels.accuracy, labels.paper),
    )
    shown = trials.dropna(subset=["top1"])
    is_baseline = shown.role == "baseline"
    front = shown[shown.on_front].sort_values("latency_ms")
    figure.add_trace(_front_line(front), row=1, col=1)
    searched = shown[~is_baseline & ~shown.on_front]
    for rows, name, color, symbol in (
        (searched, "searched, dominated", GREY, "circle"),
        (shown[shown.on_front & ~is_baseline], "searched, on the front", BLUE, "circle"),
        (shown[is_baseline], "the paper's networks, same proxy", ORANGE, "diamond"),
    ):
        figure.add_trace(_networks(rows, name, color, symbol, labels.noise), row=1, col=1)
    figure.add_trace(_paper_points(paper), row=2, col=1)
    if labels.limit_ms is not None:
        _add_limit(figure, labels.limit_ms)
    figure.update_xaxes(title_text=labels.latency, row=2, col=1)
    figure.update_yaxes(title_text="proxy top-1, %", row=1, col=1)
    figure.update_yaxes(title_text="ImageNet top-1, %", row=2, col=1)
    figure.update_layout(
        template="plotly_white",
        height=760,
        margin={"l": 60, "r": 20, "t": 110, "b": 60},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.05, "x": 0},
    )
    return figure


def _add_limit(figure: go.Figure, limit_ms: float) -> None:
    line = {"dash": "dot", "color": GREY}
    words = "limit for the upper end of the interval"
    figure.add_vline(
        x=limit_ms,
        line=line,
        row=1,
        col=1,
        annotation_text=words,
        annotation_position="bottom left",
    )
    figure.add_vline(x=limit_ms, line=line, row=2, col=1)


def _front_line(front: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=front.latency_ms,
        y=front.top1 * PERCENT,
        mode="lines",
        name="Pareto front",
        line={"color": BLUE, "shape": "hv", "width": 1.5},
        hoverinfo="skip",
    )


def _networks(rows: pd.DataFrame, name: str, color: str, symbol: str, noise: float) -> go.Scatter:
    is_titled = bool((rows.role == "baseline").any())
    return go.Scatter(
        x=rows.latency_ms,
        y=rows.top1 * PERCENT,
        mode="markers+text" if is_titled else "markers",
        text=rows["name"],
        textposition="bottom right",
        name=name,
        marker={"color": color, "symbol": symbol, "size": 11 if is_titled else 9},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": rows.latency_high_ms - rows.latency_ms,
            "arrayminus": rows.latency_ms - rows.latency_low_ms,
            "thickness": 0.6,
            "width": 0,
        },
        error_y={
            "type": "data",
            "array": PERCENT * noise / rows.seeds.map(len) ** 0.5,
            "thickness": 1,
            "width": 3,
        },
        customdata=rows[["name", "spec_id", "params", "macs"]],
        hovertemplate=(
            "%{customdata[0]} · %{customdata[1]}<br>proxy top-1 %{y:.2f} %<br>%{x:.2f} ms<br>"
            "%{customdata[2]:,} parameters<br>%{customdata[3]:,} MACs<extra></extra>"
        ),
    )


def _paper_points(paper: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=paper.latency_ms,
        y=paper.top1,
        mode="markers+text",
        text=paper["name"],
        textposition="middle left",
        name="ImageNet-1k, published",
        marker={"color": GREEN, "symbol": "square", "size": 10},
        customdata=paper[["latency_kind"]],
        hovertemplate="%{text}<br>ImageNet top-1 %{y} % (published)<br>"
        "%{x:.2f} ms (%{customdata[0]})<extra></extra>",
    )
