"""Predicted against true latencies."""

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.columns import BLUE, GREY, ORANGE, plain

BAND = 0.1


def prediction_figure(rows: pd.DataFrame, kind: str) -> go.Figure:
    """Draw what a predictor says of its own rows, in the fit and when each is left out.

    Args:
        rows: with the columns network, source, true_ms, fitted_ms and left_out_ms.
        kind: what the true latencies are, "published" or "measured".
    """
    low = 0.9 * float(rows[["true_ms", "fitted_ms", "left_out_ms"]].min().min())
    high = 1.1 * float(rows[["true_ms", "fitted_ms", "left_out_ms"]].max().max())
    line, ends = {"color": GREY, "width": 1}, [low, high]
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=[*ends, *ends[::-1]],
            y=[low * (1 - BAND), high * (1 - BAND), high * (1 + BAND), low * (1 + BAND)],
            fill="toself",
            fillcolor="rgba(138,138,138,0.15)",
            line={"width": 0},
            mode="lines",
            name=f"within ±{BAND:.0%}",
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(x=ends, y=ends, mode="lines", line=line, name="equal", hoverinfo="skip")
    )
    for column, name, color, symbol in (
        ("fitted_ms", "in the fit", BLUE, "circle-open"),
        ("left_out_ms", "left out of the fit", ORANGE, "diamond"),
    ):
        figure.add_trace(
            go.Scatter(
                x=rows.true_ms,
                y=rows[column],
                mode="markers",
                name=name,
                marker={"color": color, "symbol": symbol, "size": 10, "line": {"width": 2}},
                customdata=rows[["network", "source"]].map(plain),
                hovertemplate="%{customdata[0]}<br>%{x:.2f} → %{y:.2f} ms<br>"
                "%{customdata[1]}<extra></extra>",
            )
        )
    figure.update_xaxes(title_text=f"{plain(kind)} latency, ms")
    figure.update_yaxes(title_text="estimated latency, ms")
    figure.update_layout(
        template="plotly_white",
        height=460,
        margin={"l": 60, "r": 10, "t": 40, "b": 50},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )
    return figure
