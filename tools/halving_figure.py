"""The figure of the hypervolume over training time for searches with early stopping."""

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.columns import CATEGORIES, PERCENT, plain

FILL_OPACITY = 0.15


def halving_figure(courses: pd.DataFrame) -> go.Figure:
    """Draw for each method the median over searches as a line and the quartiles as a band.

    Args:
        courses: a table with the columns method, hours (of training, on one processor), and low,
            median and high, as shares of the hypervolume of all networks.
    """
    figure = go.Figure()
    for index, (method, rows) in enumerate(courses.groupby("method", sort=False)):
        color = CATEGORIES[index % len(CATEGORIES)]
        band = pd.concat([rows.high, rows.low[::-1]]) * PERCENT
        figure.add_trace(
            go.Scatter(
                x=pd.concat([rows.hours, rows.hours[::-1]]),
                y=band,
                fill="toself",
                fillcolor=color,
                opacity=FILL_OPACITY,
                line={"width": 0},
                hoverinfo="skip",
                showlegend=False,
            )
        )
        figure.add_trace(
            go.Scatter(
                x=rows.hours,
                y=rows["median"] * PERCENT,
                mode="lines",
                name=plain(method),
                line={"color": color, "shape": "hv"},
                hovertemplate="%{y:.1f} % after %{x:.2f} h<extra></extra>",
            )
        )
    figure.update_xaxes(title_text="training spent, hours of one processor", rangemode="tozero")
    figure.update_yaxes(title_text="hypervolume, % of that of all networks", range=[70, 100.5])
    figure.update_layout(
        template="plotly_white",
        height=480,
        margin={"l": 60, "r": 20, "t": 30, "b": 50},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )
    return figure
