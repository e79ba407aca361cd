"""The number of ended trials over time, by outcome."""

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.columns import AMBER, BLUE, GREY, ORANGE, SKY, plain
from nasbench_mvit.figures.layout import laid_out

COLORS = {"complete": BLUE, "failed": ORANGE, "rejected": GREY, "repeated": SKY,
          "stopped": AMBER}  # fmt: skip
DASHES = {"failed": "dash", "rejected": "dot", "repeated": "dashdot", "stopped": "longdash"}


def endings_figure(endings: pd.DataFrame) -> go.Figure:
    """Draw the number of ended trials over time for each outcome.

    Args:
        endings: a table with the columns minutes, outcome and count.
    """
    figure = go.Figure()
    for outcome, rows in endings.groupby("outcome"):
        figure.add_trace(
            go.Scatter(
                x=rows.minutes,
                y=rows["count"],
                mode="lines",
                name=plain(outcome),
                line={
                    "shape": "hv",
                    "color": COLORS.get(str(outcome), GREY),
                    "dash": DASHES.get(str(outcome), "solid"),
                },
            )
        )
    figure.update_xaxes(title_text="time since the start, min")
    figure.update_yaxes(title_text="trials ended", rangemode="tozero")
    return laid_out(figure, 320)
