"""Networks as points: markers, intervals and hover text."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from nasbench_mvit.analysis.pareto import FrontRule, is_unknown
from nasbench_mvit.figures.columns import GREY, PERCENT, plain, short
from nasbench_mvit.figures.layout import error_bars, name_places

FEW = 400  # with more networks, intervals hide the points, and only some are drawn
SMALLEST, LARGEST = 6.0, 18.0
COSTS = ("cost", "cost_low", "cost_high", "cost_front")
CUSTOM = ("trial", "study", "name", "spec_id", "params", "macs", "cost_low", "cost_high")
ENDS = ("cost_low", "cost_high")
DECIMALS = 3  # of costs; the text shows two
OPEN, DOT = "-open", "-dot"
UNKNOWN = " (latency unknown: a wide interval)"
IN_DOMAIN = "is_in_domain"  # a column of estimates
A_SCORE = "proxy top-1"  # that a trace is drawn with, whatever its study has
UNIT = " ms"
HOVER = (
    f"%{{customdata[2]}} · %{{customdata[3]}}<br>{A_SCORE} %{{y:.2f}} %<br>%{{x:.2f}}{UNIT} "
    "[%{customdata[6]:.2f}, %{customdata[7]:.2f}]<br>"
    "%{customdata[4]:,} parameters<br>%{customdata[5]:,} MACs<extra></extra>"
)


@dataclass(frozen=True)
class PointStyle:
    """The style of a group of networks.

    Attributes:
        name: name in the legend.
        color, symbol, opacity: style of the markers.
        noise: half height of the error bars of one seed as a fraction; 0 draws the intervals of
            latency alone, NaN none.
        size_by: a numeric column that the marker areas show.
        is_large: whether the points are larger than others, and all of one size.
        is_titled: whether the names are written next to the points.
        is_faint: whether the points are faint and behind others, the fainter the more there are.
        is_outlined: whether those on the front have an outline.
        is_many: whether the figure has so many networks that all groups are drawn by WebGL, whose
            points would cover those of SVG.
    """

    name: str
    color: str
    symbol: str = "circle"
    opacity: float = 1.0
    noise: float = math.nan
    size_by: str | None = None
    is_large: bool = False
    is_titled: bool = False
    is_faint: bool = False
    is_outlined: bool = False
    is_many: bool = False


def with_costs(table: pd.DataFrame, rule: FrontRule) -> pd.DataFrame:
    """Return a table with the columns ``COSTS`` that a figure draws: latencies, or peaks."""
    if rule is FrontRule.MEMORY:
        return table.assign(**dict.fromkeys(COSTS, table[rule.column]))
    columns = ("latency_ms", "latency_low_ms", "latency_high_ms", rule.front_column)
    pairs = zip(COSTS, columns, strict=True)
    return table.assign(**{cost: table[name] for cost, name in pairs if name in table})


def scored_by(trace: go.Scatter, score: str, rule: FrontRule) -> go.Scatter:
    """Return a trace of networks whose text names score and unit, in a legend group of its own."""
    if trace.hovertemplate:
        text = trace.hovertemplate.replace(A_SCORE, score)
        trace.hovertemplate = text.replace(UNIT, f" {rule.unit}")
    return trace.update(legendgroup=trace.name)


def network_points(
    rows: pd.DataFrame, style: PointStyle, around: pd.DataFrame | None = None
) -> go.Scatter:
    """Return a trace of networks; its ``customdata`` begins with the trial and the study.

    Args:
        rows: the networks.
        style: how they look.
        around: all networks of the panel, among which names find their places; ``rows`` if absent.
    """
    around = rows if around is None else around
    names = rows["name"].map(short)
    marker: dict[str, Any] = {
        "color": style.color,
        "symbol": _symbols(rows, style.symbol),
        "opacity": style.opacity,
        "size": 11 if style.is_large else 9,
    }
    if style.is_faint:
        marker |= {"opacity": 0.6} if len(rows) <= FEW else {"opacity": 0.35, "size": 5}
    if style.is_outlined:
        marker["line"] = {"color": GREY, "width": np.where(rows.on_front, 2, 0)}
    if style.size_by and not style.is_large:
        marker["size"] = _sizes(rows[style.size_by])
    trace = _kind(is_many=style.is_many)(
        x=rows.cost,
        y=rows.top1 * PERCENT,
        mode="markers+text" if style.is_titled else "markers",
        text=names.map(plain) if style.is_titled else None,
        textposition=name_places(
            names.tolist(),
            rows.cost,
            rows.top1,
            pd.DataFrame({"x": around.cost, "y": around.top1}),
        )
        if style.is_titled
        else None,
        name=style.name,
        marker=marker,
        customdata=_custom(rows),
        hovertemplate=HOVER,
    )
    if math.isfinite(style.noise):
        _add_intervals(trace, rows, style.noise)
    return trace


def _symbols(rows: pd.DataFrame, symbol: str) -> NDArray[np.object_]:
    """Return symbols: open for estimates outside their domain, dotted for unknown latencies."""
    symbols = np.full(len(rows), symbol, object)
    if IN_DOMAIN in rows and not symbol.endswith(OPEN):
        symbols[~rows[IN_DOMAIN].to_numpy(bool)] += OPEN
    symbols[_is_unknown(rows)] += DOT
    return symbols


def _is_unknown(rows: pd.DataFrame) -> NDArray[np.bool_]:
    return is_unknown(rows.cost_low, rows.cost_high)


def _kind(*, is_many: bool) -> type[go.Scatter]:
    """Return the trace class, WebGL's for many points."""
    kind: type[go.Scatter] = go.Scattergl if is_many else go.Scatter
    return kind


def _add_intervals(trace: go.Scatter, rows: pd.DataFrame, noise: float) -> None:
    trace.error_x = error_bars(rows.cost, rows.cost_low, rows.cost_high, thickness=0.6, width=0)
    if noise:
        trace.error_y = {
            "type": "data",
            "array": PERCENT * _half_heights(rows, noise),
            "thickness": 1,
            "width": 3,
        }


def _half_heights(rows: pd.DataFrame, noise: float) -> "pd.Series[float]":
    """Return the noise of a mean over seeds; for an estimate its error, independent of seeds."""
    of_seeds = noise / rows.seeds.map(len) ** 0.5
    return rows.top1_error.fillna(of_seeds) if "top1_error" in rows else of_seeds


def _custom(rows: pd.DataFrame) -> NDArray[np.object_]:
    # Thousands of networks are sent to a browser: digits that no text shows would be half of it.
    rounded = rows[list(CUSTOM)].round(dict.fromkeys(ENDS, DECIMALS))
    table = rounded.astype(object)
    table["name"] = table["name"].map(plain) + np.where(_is_unknown(rows), UNKNOWN, "")
    values: NDArray[np.object_] = table.to_numpy()
    return values


def _sizes(values: pd.Series) -> "pd.Series[float]":
    """Return diameters in pixels whose areas grow with the values."""
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    low, high = numbers.min(), numbers.max()
    share = (numbers - low) / (high - low) if high > low else numbers * 0
    areas = SMALLEST**2 + share.fillna(0) * (LARGEST**2 - SMALLEST**2)
    return areas.pow(0.5)


def unknown_points(rows: pd.DataFrame, shown: pd.DataFrame, name: str) -> go.Scatter:
    """Draw ticks at the costs of networks that have no accuracy, below all others."""
    low, high = shown.top1.min() * PERCENT, shown.top1.max() * PERCENT
    level = low - 0.08 * max(high - low, 1.0)
    pairs = zip(rows.state, rows.reason, strict=True)
    return _kind(is_many=len(rows) > FEW)(
        x=rows.cost,
        y=np.full(len(rows), level),
        mode="markers",
        name=name,
        marker={"symbol": "line-ns-open", "color": GREY, "size": 8, "opacity": 0.5},
        customdata=_custom(rows),
        text=[f"{plain(state)} {plain(reason)}".strip() for state, reason in pairs],
        hovertemplate="%{customdata[2]} · %{customdata[3]}<br>%{x:.2f}" + UNIT + "<br>%{text}"
        "<extra></extra>",
    )


def rings(rows: pd.DataFrame, name: str, color: str, size: int) -> go.Scatter:
    """Draw a ring around each network."""
    return go.Scatter(
        x=rows.cost,
        y=rows.top1 * PERCENT,
        mode="markers",
        name=name,
        marker={"symbol": "circle-open", "size": size, "color": color, "line": {"width": 2.5}},
        hoverinfo="skip",
    )
