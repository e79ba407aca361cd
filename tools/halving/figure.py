"""The figure of the hypervolume over training time for searches with early stopping."""

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.columns import CATEGORIES, PERCENT, plain
from nasbench_mvit.figures.layout import laid_out, line_with_band


def halving_figure(courses: pd.DataFrame) -> go.Figure:
    """Draw for each method the median over searches as a line and the quartiles as a band.

    Args:
        courses: a table with the columns method, hours (of training, on one processor), and low,
            median and high, as shares of the hypervolume of all networks.
    """
    figure = go.Figure()
    for index, (method, rows) in enumerate(courses.groupby("method", sort=False)):
        shown = rows.assign(**{name: rows[name] * PERCENT for name in ("low", "median", "high")})
        line, band = line_with_band(shown, "hours", "median", CATEGORIES[index % len(CATEGORIES)])
        figure.add_traces(
            [
                band,
                line.update(
                    name=plain(method), hovertemplate="%{y:.1f} % after %{x:.2f} h<extra></extra>"
                ),
            ]
        )
    figure.update_xaxes(title_text="training spent, hours of one processor", rangemode="tozero")
    figure.update_yaxes(title_text="hypervolume, % of that of all networks", range=[70, 100.5])
    return laid_out(figure, 480, right=20)
