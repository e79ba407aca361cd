"""Predicted against measured or published latency: one point per network, with its interval."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nasbench_mvit.figures.columns import BLUE, GREY, ORANGE, PERCENT, plain
from nasbench_mvit.figures.layout import error_bars, laid_out

CLOSE = 0.10
UNSEEN, SEEN, OUTSIDE = "not fitted to", "fitted to", "not fitted to, extrapolated"
GROUPS = {SEEN: GREY, UNSEEN: BLUE, OUTSIDE: ORANGE}  # drawn in this order
# The same networks twice: predicted by the fit, and by a fit without them.
IN_FIT, LEFT_OUT = "in the fit", "left out (cross-validation)"
COLORS = {**GROUPS, IN_FIT: GREY, LEFT_OUT: BLUE}
TICKS_MS = [digit * 10.0**power for power in range(-2, 6) for digit in (1, 1.5, 2, 3, 5, 7)]


@dataclass(frozen=True)
class LatencyLabels:
    """The labels of a figure.

    Attributes:
        measured: title of the horizontal axis, with the device.
        predicted: title of the vertical axis, with the predictor.
        kind: kind of the latencies on the horizontal axis.
    """

    measured: str
    predicted: str
    kind: Literal["measured", "published"] = "measured"


def group(*, fitted: bool, extrapolating: bool) -> str:
    """Return the name of a network's group."""
    if fitted:
        return SEEN
    return OUTSIDE if extrapolating else UNSEEN


def predicted_measured_figure(rows: pd.DataFrame, labels: LatencyLabels) -> go.Figure:
    """Draw predictions against measurements in one panel, their errors in another below it.

    Both axes of the first panel are logarithmic, since errors are relative.

    Args:
        rows: a table with the columns network, measured_ms, predicted_ms, low_ms, high_ms (NaN for
            no interval) and group (one of ``COLORS``).
        labels: the labels of the figure.

    Returns:
        A figure of two panels that share the latency axis.
    """
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.7, 0.3], vertical_spacing=0.06
    )
    for name, color in COLORS.items():
        members = rows[rows.group == name]
        if len(members):
            figure.add_trace(_predictions(members, name, color, labels.kind), row=1, col=1)
            figure.add_trace(_errors(members, name, color, labels.kind), row=2, col=1)
    figure.add_trace(_diagonal(rows, labels.kind), row=1, col=1)
    figure.add_hrect(
        y0=-PERCENT * CLOSE,
        y1=PERCENT * CLOSE,
        fillcolor=GREY,
        opacity=0.15,
        line_width=0,
        row=2,
        col=1,
    )
    ticks = {"type": "log", "tickvals": TICKS_MS, "ticktext": [f"{ms:g}" for ms in TICKS_MS]}
    figure.update_xaxes(**ticks)
    figure.update_xaxes(title_text=plain(labels.measured), row=2, col=1)
    figure.update_yaxes(**ticks, title_text=plain(labels.predicted), row=1, col=1)
    figure.update_yaxes(title_text="error, %", row=2, col=1)
    return laid_out(figure, 760)


def _predictions(rows: pd.DataFrame, name: str, color: str, kind: str) -> go.Scatter:
    return go.Scatter(
        x=rows.measured_ms,
        y=rows.predicted_ms,
        mode="markers",
        name=f"{name} ({len(rows)})",
        legendgroup=name,
        marker={"color": color, "size": 8},
        error_y=error_bars(rows.predicted_ms, rows.low_ms, rows.high_ms, thickness=0.6, width=0),
        text=[_hover(row, kind) for row in rows.itertuples()],
        hovertemplate="%{text}<extra></extra>",
    )


def _hover(row: Any, kind: str) -> str:
    text = f"{plain(row.network)}<br>{kind} {row.measured_ms:.2f} ms"
    text += f"<br>predicted {row.predicted_ms:.2f} ms"
    return text if math.isnan(row.low_ms) else f"{text} [{row.low_ms:.2f}, {row.high_ms:.2f}]"


def _errors(rows: pd.DataFrame, name: str, color: str, kind: str) -> go.Scatter:
    return go.Scatter(
        x=rows.measured_ms,
        y=PERCENT * (rows.predicted_ms / rows.measured_ms - 1),
        mode="markers",
        name=name,
        legendgroup=name,
        showlegend=False,
        marker={"color": color, "size": 8},
        text=rows.network.map(plain),
        hovertemplate=f"%{{text}}<br>{kind} %{{x:.2f}} ms<br>error %{{y:+.1f}} %<extra></extra>",
    )


def _diagonal(rows: pd.DataFrame, kind: str) -> go.Scatter:
    values = pd.concat([rows.measured_ms, rows.predicted_ms])
    ends = [values.min(), values.max()] if len(values) else [math.nan, math.nan]
    return go.Scatter(
        x=ends,
        y=ends,
        mode="lines",
        name=f"predicted = {kind}",
        line={"color": GREY, "dash": "dot", "width": 1},
        hoverinfo="skip",
    )
