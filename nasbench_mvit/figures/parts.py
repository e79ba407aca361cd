"""The costs and the latency of each part of a network."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nasbench_mvit.figures.columns import BLUE, CATEGORIES, GREEN, ORANGE, plain, quantity, scaled
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
    figure = make_subplots(rows=1, cols=len(shown), shared_yaxes=True, horizontal_spacing=0.06)
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
        lines = plain(title).replace(", ", ",<br>")  # a panel of a phone is 80 px wide
        figure.update_xaxes(title_text=lines, nticks=4, tickangle=0, row=1, col=column)
    figure.update_yaxes(autorange="reversed")
    return laid_out(figure, 340, legend=False)


def compared_parts_figure(costs: Mapping[str, pd.DataFrame], latency: str) -> go.Figure:
    """Draw milliseconds, MACs and parameters of each part of several networks, in a panel each.

    Args:
        costs: by the name of each network, a table as ``parts_figure`` takes it.
        latency: description of the milliseconds.
    """
    shown = [name for name in COLORS if all(name in table for table in costs.values())]
    figure = make_subplots(rows=len(shown), cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for row, name in enumerate(shown, start=1):
        for (network, table), color in zip(costs.items(), CATEGORIES, strict=False):
            figure.add_trace(
                go.Bar(
                    x=table.part.map(plain),
                    y=scaled(table[name], name),
                    name=plain(network),
                    legendgroup=plain(network),
                    showlegend=row == 1,
                    marker={"color": color},
                    hovertemplate="%{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
                ),
                row=row,
                col=1,
            )
        title = latency if name == "ms" else quantity(name).label
        figure.update_yaxes(title_text=plain(title), row=row, col=1)
    return laid_out(figure, 720)
