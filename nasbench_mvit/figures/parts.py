"""The costs and the latency of each part of a network."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nasbench_mvit.figures.columns import BLUE, GREEN, ORANGE, plain, quantity, scaled
from nasbench_mvit.figures.layout import laid_out

COLORS = {"ms": ORANGE, "macs": BLUE, "params": GREEN}


def parts_figure(costs: pd.DataFrame, latency: str) -> go.Figure:
    """Draw milliseconds, MACs and parameters of each part, in a panel each.

    Args:
        costs: a table with the columns part, params, macs and optionally ms.
        latency: description of the milliseconds.
    """
    shown = [name for name in COLORS if name in costs]
    titles = [latency if name == "ms" else quantity(name).label for name in shown]
    figure = make_subplots(rows=1, cols=len(shown), shared_yaxes=True, horizontal_spacing=0.03)
    for column, (name, title) in enumerate(zip(shown, titles, strict=True), start=1):
        values = scaled(costs[name], name)
        share = values / values.sum()
        figure.add_trace(
            go.Bar(
                x=values,
                y=costs.part.map(plain),
                orientation="h",
                marker={"color": COLORS[name]},
                text=[f"{part:.0%}" for part in share],
                textposition="auto",
                hovertemplate="%{y}: %{x:.3f}<extra></extra>",
            ),
            row=1,
            col=column,
        )
        figure.update_xaxes(title_text=plain(title), row=1, col=column)
    figure.update_yaxes(autorange="reversed")
    return laid_out(figure, 340, legend=False)
