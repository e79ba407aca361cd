"""What all figures share: the layout, error bars, and where the names of points stand."""

from collections.abc import Iterator, Sequence

import pandas as pd
import plotly.graph_objects as go

#: Below the axes, where it can grow on a phone without meeting the toolbar at the top.
LEGEND = {
    "orientation": "h",
    "yref": "container",
    "yanchor": "bottom",
    "y": 0,
    "xref": "container",
    "x": 0.02,
}
#: Pixels of the smallest panel, on a phone, and of a letter there; names must not collide on it.
FILL_OPACITY = 0.15  # of a band
PANEL, LETTER, LINE = (280, 250), 6, 14
PLACES = ("bottom left", "top left", "bottom right", "top right", "middle left", "middle right")

Box = tuple[float, float, float, float]


def laid_out(figure: go.Figure, height: int, *, legend: bool = True, **margin: int) -> go.Figure:
    """Return the figure with the common layout.

    Args:
        figure: figure to lay out.
        height: in pixels.
        legend: whether it has one.
        margin: left, right, top and bottom in pixels, where they differ from the usual.
    """
    sides = {"left": 60, "right": 10, "top": 30, "bottom": 50} | margin
    return figure.update_layout(
        template="plotly_white",
        height=height,
        margin={side[0]: pixels for side, pixels in sides.items()},
        showlegend=legend,
        legend=LEGEND,
        hoverlabel={"align": "left"},
    )


def line_with_band(rows: pd.DataFrame, x: str, y: str, color: str) -> tuple[go.Scatter, go.Scatter]:
    """Return a line of steps, and the band between the columns low and high to lie beneath it."""
    line = go.Scatter(x=rows[x], y=rows[y], mode="lines", line={"color": color, "shape": "hv"})
    band = go.Scatter(
        x=pd.concat([rows[x], rows[x][::-1]]),
        y=pd.concat([rows["high"], rows["low"][::-1]]),
        fill="toself",
        fillcolor=color,
        opacity=FILL_OPACITY,
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    return line, band


def error_bars(
    values: pd.Series, low: pd.Series, high: pd.Series, **look: object
) -> dict[str, object]:
    """Return error bars from ``low`` to ``high``, which need not lie evenly around the values."""
    ends = {"array": (high - values).clip(lower=0), "arrayminus": (values - low).clip(lower=0)}
    return {"type": "data", "symmetric": False, **ends, **look}


def name_places(
    names: Sequence[str], xs: "pd.Series[float]", ys: "pd.Series[float]", around: pd.DataFrame
) -> list[str]:
    """Return where each name stands beside its point: inside the panel, and clear of the others.

    Args:
        names: names of N points.
        xs: their horizontal coordinates.
        ys: their vertical ones.
        around: a table with the columns x and y of all points in the panel.
    """
    taken: list[Box] = []
    places = []
    for name, x, y in zip(names, xs, ys, strict=True):
        point = tuple(
            size * (at - all_of.min()) / ((all_of.max() - all_of.min()) or 1.0)
            for size, at, all_of in zip(PANEL, (x, y), (around.x, around.y), strict=True)
        )
        boxes = dict(_boxes(point[0], point[1], len(name) * LETTER))
        inside = [place for place, box in boxes.items() if box[0] >= 0 and box[2] <= PANEL[0]]
        level = [place for place in inside if 0 <= boxes[place][1] <= PANEL[1] - LINE]
        clear = [place for place in (*level, *inside)
                 if not any(_overlap(boxes[place], box) for box in taken)]  # fmt: skip
        places.append((clear or level or list(PLACES))[0])
        taken.append(boxes[places[-1]])
    return places


def _boxes(x: float, y: float, width: float) -> Iterator[tuple[str, Box]]:
    """Yield for each place the box of a name: left, bottom, right, top."""
    for place in PLACES:
        vertical, horizontal = place.split()
        left = x - width if horizontal == "left" else x
        bottom = y + {"bottom": -LINE, "middle": -LINE / 2, "top": 0}[vertical]
        yield place, (left, bottom, left + width, bottom + LINE)


def _overlap(one: Box, other: Box) -> bool:
    return all(one[i] < other[i + 2] and other[i] < one[i + 2] for i in range(2))
