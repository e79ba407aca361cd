"""Figures of a comparison of samplers: the missing hypervolume, and the attained accuracies."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nasbench_mvit.figures.columns import CATEGORIES, PERCENT, plain
from nasbench_mvit.figures.layout import laid_out, line_with_band

LEAST_MISSING = 1e-5  # a logarithmic axis has no 0
MAX_COLUMNS = 2
LOWEST_SHOWN = 0.15  # quantile of the attained accuracies
ROOM = 0.05
ROW_PX = 320  # height of a row of plots
AXES = {"evaluations": "networks trained", "hours": "training, hours"}


def courses_figure(courses: pd.DataFrame) -> go.Figure:
    """Draw the missing hypervolume of each sampler: the mean as a line, the quartiles as a band.

    Args:
        courses: a table with the columns benchmark, sampler, against, at, low, high and mean, as
            shares of the hypervolume of all networks; there is a row of plots for each ``against``.
    """
    benchmarks = list(courses["benchmark"].unique())
    axes = {against: AXES[against] for against in courses["against"].unique()}
    figure = make_subplots(
        rows=len(axes),
        cols=len(benchmarks),
        subplot_titles=[plain(name) for name in benchmarks],
        vertical_spacing=0.12,
        shared_yaxes=True,
    )
    colors = _colors(courses["sampler"])
    for row, (against, title) in enumerate(axes.items(), start=1):
        for column, benchmark in enumerate(benchmarks, start=1):
            own = courses[(courses["against"] == against) & (courses["benchmark"] == benchmark)]
            shown = own.assign(
                **{
                    name: own[name].clip(lower=LEAST_MISSING) * PERCENT
                    for name in ("low", "high", "mean")
                }
            )
            _add_bands(figure, shown, ("at", "mean"), (row, column), colors)
            figure.update_xaxes(title_text=title, row=row, col=column)
        figure.update_yaxes(title_text="hypervolume missing, %", row=row, col=1)
    figure.update_yaxes(type="log")
    return laid_out(figure, ROW_PX * len(axes), right=20, top=60)


def attainment_figure(surfaces: pd.DataFrame, cost_names: dict[str, str]) -> go.Figure:
    """Draw the median accuracy that each sampler's searches attain, with the quartiles.

    Args:
        surfaces: a table with the columns benchmark, sampler, cost, low, median and high.
        cost_names: title of the cost axis of each benchmark.
    """
    benchmarks = list(surfaces["benchmark"].unique())
    num_columns = min(MAX_COLUMNS, len(benchmarks))
    figure = make_subplots(
        rows=-(-len(benchmarks) // num_columns),
        cols=num_columns,
        subplot_titles=[plain(name) for name in benchmarks],
        vertical_spacing=0.18,
    )
    colors = _colors(surfaces["sampler"])
    for index, benchmark in enumerate(benchmarks):
        place = (index // num_columns + 1, index % num_columns + 1)
        own = surfaces[surfaces["benchmark"] == benchmark].dropna()
        shown = own.assign(**{name: own[name] * PERCENT for name in ("low", "median", "high")})
        _add_bands(figure, shown, ("cost", "median"), place, colors)
        title = cost_names.get(benchmark, "cost")
        figure.update_xaxes(title_text=plain(title), row=place[0], col=place[1])
        # The smallest networks attain so little that they would compress the rest of the axis.
        bottom, top = shown["low"].quantile(LOWEST_SHOWN), shown["high"].max()
        room = ROOM * (top - bottom)
        figure.update_yaxes(range=[bottom - room, top + room], row=place[0], col=place[1])
    figure.update_yaxes(title_text="accuracy attained, %", col=1)
    return laid_out(figure, 2 * ROW_PX, right=20, top=60)


def _colors(samplers: pd.Series) -> dict[str, str]:
    """Return the colour of each sampler, the same in all figures."""
    names = sorted(samplers.unique())
    return {name: CATEGORIES[index % len(CATEGORIES)] for index, name in enumerate(names)}


def _add_bands(
    figure: go.Figure,
    rows: pd.DataFrame,
    axes: tuple[str, str],
    place: tuple[int, int],
    colors: dict[str, str],
) -> None:
    """Add a line and a band for each sampler to a subplot."""
    x, y = axes
    for sampler, own in rows.groupby("sampler"):
        line, band = line_with_band(own, x, y, colors[str(sampler)])
        line.update(
            name=plain(sampler),
            legendgroup=plain(sampler),
            showlegend=place == (1, 1),
            hovertemplate="%{y:.3f} % at %{x:.2f}<extra></extra>",
        )
        figure.add_traces([band, line], rows=place[0], cols=place[1])
