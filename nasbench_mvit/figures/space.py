"""Figures of the searched networks in their space: coordinates, importance, effects, coverage."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nasbench_mvit.figures.columns import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PERCENT,
    PINK,
    SCALE,
    plain,
    quantity,
)
from nasbench_mvit.figures.layout import error_bars, laid_out

RESULT_COLORS = {"top1": BLUE, "latency_ms": ORANGE}
TICKS = 12
LETTER_PX = 6


@dataclass(frozen=True)
class Coordinate:
    """An axis of parallel coordinates.

    Attributes:
        label: title with unit.
        values: position of each network.
        ticks: labels of the positions 0, 1, …; empty for a numeric axis.
    """

    label: str
    values: "pd.Series[float]"
    ticks: Sequence[str] = ()


def coordinates_figure(
    coordinates: Sequence[Coordinate],
    top1: "pd.Series[float]",
    is_picked: "pd.Series[bool]",
    score: str,
) -> go.Figure:
    """Draw networks as lines through their values, coloured by accuracy or by selection.

    Args:
        coordinates: the axes from left to right.
        top1: accuracy of each network, a fraction.
        is_picked: whether each network is selected, if any are.
        score: name of the accuracy, like "proxy top-1".
    """
    if is_picked.any():
        line = {
            "color": is_picked.astype(float),
            "colorscale": [[0, "rgba(138,138,138,0.12)"], [1, PINK]],
            "cmin": 0,
            "cmax": 1,
        }
    else:
        line = {
            "color": top1 * PERCENT,
            "colorscale": SCALE,
            "showscale": True,
            "colorbar": {"title": {"text": quantity("top1", score).label, "side": "right"}},
        }
    figure = go.Figure(
        go.Parcoords(
            line=line,
            dimensions=[_dimension(one) for one in coordinates],
            labelangle=-40,
            labelside="bottom",
            rangefont={"size": 1, "color": "rgba(0,0,0,0)"},
        )
    )
    return laid_out(figure, 460, left=_room(coordinates), right=60, bottom=120, legend=False)


def _room(coordinates: Sequence[Coordinate]) -> int:
    """Return the pixels left of the first axis that its slanted label and its ticks need."""
    first = coordinates[0]
    ticks = max(map(len, first.ticks), default=0)
    return max(50, LETTER_PX * max(len(first.label), ticks) + 10)


def _dimension(coordinate: Coordinate) -> dict[str, object]:
    dimension: dict[str, object] = {
        "label": plain(coordinate.label),
        "values": coordinate.values.to_numpy(),
    }
    if coordinate.ticks:
        step = -(-len(coordinate.ticks) // TICKS)
        places = list(range(0, len(coordinate.ticks), step))
        dimension |= {
            "tickvals": places,
            "ticktext": [plain(coordinate.ticks[place]) for place in places],
            "range": [-0.2, len(coordinate.ticks) - 0.8],
        }
    return dimension


def importance_figure(importances: pd.DataFrame, score: str) -> go.Figure:
    """Draw the share of variance that each field explains, of accuracy and latency, with intervals.

    Args:
        importances: a table with the columns field, result, share, low, high and networks, the
            number of networks with the field, which is shown after its name.
        score: name of the accuracy, like "proxy top-1".
    """
    results = [name for name in RESULT_COLORS if (importances.result == name).any()]
    figure = make_subplots(
        rows=1, cols=max(1, len(results)), shared_yaxes=True, horizontal_spacing=0.04
    )
    for column, result in enumerate(results, start=1):
        rows = importances[importances.result == result]
        figure.add_trace(
            go.Bar(
                x=rows.share * PERCENT,
                y=rows.field.map(plain) + " (" + rows.networks.map("{:,}".format) + ")",
                orientation="h",
                marker={"color": RESULT_COLORS[result]},
                error_x=error_bars(
                    *(rows[end] * PERCENT for end in ("share", "low", "high")),
                    color=GREY,
                    thickness=1.2,
                ),
                hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
            ),
            row=1,
            col=column,
        )
        title = f"{quantity(result, score).title}:<br>explained, %"
        figure.update_xaxes(title_text=title, rangemode="tozero", row=1, col=column)
    figure.update_yaxes(tickmode="linear", automargin=True)
    height = 120 + 20 * importances.field.nunique()
    return laid_out(figure, height, left=10, bottom=65, legend=False)


def marginal_figure(
    rows: pd.DataFrame,
    order: Sequence[str],
    jitter: "pd.Series[float]",
    name: str,
    score: str,
) -> go.Figure:
    """Draw the accuracies and latencies of the networks with each value of a field.

    Args:
        rows: a table with the columns value, top1, latency_ms and trial.
        order: the values from left to right.
        jitter: horizontal offset of each row.
        name: name of the field.
        score: name of the accuracy, like "proxy top-1".
    """
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.12)
    places = rows.value.map({value: place for place, value in enumerate(order)})
    for column, result in enumerate(RESULT_COLORS, start=1):
        values = rows[result] * quantity(result).scale
        groups = values.groupby(places)
        mean, sd = groups.mean(), groups.std().fillna(0)
        figure.add_trace(
            go.Scattergl(
                x=places + jitter, y=values, mode="markers",
                marker={"color": GREY, "size": 4, "opacity": 0.4},
                customdata=rows[["trial"]],
                hovertemplate="trial %{customdata[0]}: %{y:.2f}<extra></extra>",
            ),
            row=1, col=column,
        )  # fmt: skip
        figure.add_trace(
            go.Scatter(
                x=mean.index, y=mean, mode="markers",
                marker={"color": RESULT_COLORS[result], "size": 11, "symbol": "diamond"},
                error_y={"type": "data", "array": sd, "thickness": 2, "width": 6},
                customdata=groups.size(),
                hovertemplate="mean %{y:.2f} of %{customdata} networks<extra></extra>",
            ),
            row=1, col=column,
        )  # fmt: skip
        figure.update_yaxes(title_text=quantity(result, score).label, row=1, col=column)
        figure.update_xaxes(
            title_text=plain(name), tickvals=list(range(len(order))),
            ticktext=[plain(value) for value in order], row=1, col=column,
        )  # fmt: skip
    return laid_out(figure, 360, legend=False)


def coverage_figure(choices: pd.DataFrame) -> go.Figure:
    """Draw the number of networks with each choice of each axis.

    Args:
        choices: a table with the columns field, value and networks, fields and values in order.
    """
    fields = list(dict.fromkeys(choices.field))
    place = choices.groupby("field", sort=False).cumcount()
    is_new = choices.networks == 0
    figure = go.Figure(
        go.Scatter(
            x=place,
            y=choices.field.map(plain),
            mode="markers+text",
            text=choices.value.map(plain) + "<br>" + choices.networks.map("{:,}".format),
            textfont={"size": 10, "color": INK},
            marker={
                "symbol": "square",
                "size": 34,
                "color": choices.networks,
                "colorscale": [[0, "#EEF5FA"], [1, "#7DB8DE"]],
                "line": {"width": is_new.map({True: 1.5, False: 0}), "color": ORANGE},
            },
            hovertemplate="%{y} = %{text}<extra></extra>",
        )
    )
    figure.update_yaxes(
        categoryorder="array", categoryarray=fields[::-1], automargin=True, showgrid=False,
        tickmode="linear", range=[-0.6, len(fields) - 0.4],
    )  # fmt: skip
    figure.update_xaxes(visible=False, range=[-0.6, place.max() + 0.6])
    return laid_out(figure, 60 + 40 * len(fields), left=10, bottom=10, legend=False)
