"""Values with their intervals and the paper's values, one per row."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.columns import BLUE, GREEN, plain
from nasbench_mvit.figures.layout import error_bars, laid_out

ROW_PX = 34


def interval_figure(
    names: Sequence[str], values: pd.DataFrame, paper: pd.Series, label: str, paper_label: str
) -> go.Figure:
    """Draw each value with its interval, and the paper's if it has one.

    Args:
        names: labels of the rows, from the top.
        values: a table with the columns value, low and high.
        paper: the paper's values, NaN where it has none.
        label: description of the values.
        paper_label: description of the paper's values.
    """
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=values.value,
            y=names,
            mode="markers",
            name=plain(label),
            marker={"color": BLUE, "size": 10},
            error_x=error_bars(values.value, values.low, values.high),
        )
    )
    figure.add_trace(
        go.Scatter(
            x=paper,
            y=names,
            mode="markers",
            name=plain(paper_label),
            marker={"color": GREEN, "size": 10, "symbol": "square"},
        )
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    return laid_out(figure, 140 + ROW_PX * len(names), left=10)
