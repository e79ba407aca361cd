"""Accuracy against latency: the networks of studies, their fronts and the published networks."""

import math
import textwrap
from collections.abc import Collection, Iterable
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.figures.columns import (
    BLUE,
    CATEGORIES,
    GREEN,
    GREY,
    MANY_VALUES,
    ORANGE,
    PERCENT,
    PINK,
    SCALE,
    in_order,
    is_numeric,
    plain,
    quantity,
    scaled,
    text_values,
)
from nasbench_mvit.figures.layout import laid_out
from nasbench_mvit.figures.pareto.estimates import as_estimates, labelled
from nasbench_mvit.figures.pareto.look import ParetoLabels, ParetoLook
from nasbench_mvit.figures.pareto.points import (
    FEW,
    PointStyle,
    network_points,
    rings,
    scored_by,
    unknown_points,
    with_costs,
)
from nasbench_mvit.figures.pareto.published import published_traces

PAPER_NAMES = "published MobileViTs, same proxy"
TITLE_WIDTH = 42  # characters in a line of an axis title, which fits on a phone
TITLE_LINE = 17  # pixels


DEFAULT_LOOK = ParetoLook()


def pareto_figure(
    trials: pd.DataFrame,
    paper: pd.DataFrame,
    labels: ParetoLabels,
    look: ParetoLook = DEFAULT_LOOK,
    exact: pd.DataFrame | None = None,
) -> go.Figure:
    """Draw the front in one panel and the paper's ImageNet figures in another below it.

    The two share the axis of the cost and nothing else: a proxy's accuracy and ImageNet's are not
    comparable. Where a calibration makes estimates of ImageNet top-1, these stand beside the
    paper's figures, and that panel is the first.

    Args:
        trials: a table with the columns trial, name, spec_id, role ("search" or "baseline"), state,
            reason, duplicate_of, top1 (fraction), seeds (tuple), latency_ms, latency_low_ms,
            latency_high_ms, latency_front_ms (which the line of the front passes through; by the
            rule peak_activation_mb in place of these four), params, macs, within_limits, on_front,
            and with several studies ``study`` ("" for a single one).
            Rows without a top1 are drawn as ticks below the others. For estimates ``top1_error``
            (fraction) is the half height of error bars. With a calibration also
            ``estimated_imagenet_top1`` (fraction), its ``…_low``, ``…_high`` and ``…_in_domain``.
        paper: a table as ``published_traces`` takes it.
        labels: the labels of the figure.
        look: colours, sizes and marks.
        exact: the same of the exact front, None if it is unknown.

    Returns:
        A figure of two panels; ``customdata`` of a network begins with its trial and its study.
    """
    trials = with_costs(trials, labels.rule)
    trials = trials if "study" in trials else trials.assign(study="")
    estimates = as_estimates(trials)
    scores, imagenet = (1, 2) if estimates.empty else (2, 1)
    titles = {scores: labels.accuracy, imagenet: labels.paper}
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        row_heights=[0.64, 0.36] if estimates.empty else [0.55, 0.45],
        vertical_spacing=0.12,
        subplot_titles=(_lines(titles[1]), _lines(titles[2])),
    )
    for trace in _panel(trials, labels, look, is_named=True):
        figure.add_trace(scored_by(trace, labels.score, labels.rule), row=scores, col=1)
    if exact is not None:
        exact = with_costs(exact, labels.rule).sort_values("cost_front")
        line = _front_line(exact, "exact front of the table", GREY)
        figure.add_trace(line.update(line_dash="dash"), row=scores, col=1)
    of_estimates = replace(labels, noise=dict.fromkeys(labels.noise, 1.0))  # they have errors
    for trace in _panel(estimates, of_estimates, look, is_named=False):
        figure.add_trace(labelled(trace), row=imagenet, col=1)
    figure.add_traces(
        list(published_traces(paper, labels.paper_metric, labels.rule)), rows=imagenet, cols=1
    )
    budget = None if labels.rule is FrontRule.MEMORY else look.budget_ms
    for at, words in ((labels.limit, "limit"), (budget, "budget")):
        if at is not None:
            _add_line(figure, at, f"{words} {at:g} {labels.rule.unit}")
    figure.update_xaxes(title_text=_lines(labels.cost), row=2, col=1)
    figure.update_yaxes(title_text=quantity("top1", labels.score).label, row=scores, col=1)
    shapes = "" if estimates.empty else "<br>(squares published, others estimated)"
    figure.update_yaxes(title_text=f"{labels.paper_metric}, %{shapes}", row=imagenet, col=1)
    figure.update_annotations(font_size=12)
    top = TITLE_LINE * (2 + _lines(titles[1]).count("<br>"))
    laid_out(figure, 760 if estimates.empty else 960, right=20, top=top, bottom=70)
    return figure.update_layout(uirevision="pareto")


def _lines(title: str) -> str:
    return "<br>".join(map(plain, textwrap.wrap(title, TITLE_WIDTH)))


def _panel(
    trials: pd.DataFrame, labels: ParetoLabels, look: ParetoLook, *, is_named: bool
) -> Iterable[go.Scatter]:
    """Yield the networks of all studies and their marks, the published ones with names or not."""
    studies = list(dict.fromkeys(trials.study))
    for index, study in enumerate(studies):
        color = CATEGORIES[index % len(CATEGORIES)] if len(studies) > 1 else None
        rows = trials[trials.study == study]
        is_first = is_named and index == 0
        yield from _study_traces(rows, labels, look, color, is_first=is_first)
    yield from _marks(trials, look)


def _study_traces(
    rows: pd.DataFrame, labels: ParetoLabels, look: ParetoLook, color: str | None, *, is_first: bool
) -> Iterable[go.Scatter]:
    """Yield the traces of one study, drawn in ``color`` if there are several.

    Names stand beside the fixed networks of the first study alone, which the others repeat.
    """
    prefix = f"{plain(rows.study.iloc[0])}: " if color else ""
    rows = rows[rows.duplicate_of.isna()]
    shown, missing = rows[rows.top1.notna()], rows[rows.top1.isna()]
    is_baseline, is_rival = shown.role == "baseline", shown.role == "rival"
    noise = labels.noise[rows.study.iloc[0]] if look.intervals else math.nan
    is_many = len(shown) > FEW
    of_many = math.nan if is_many else noise
    yield _front_line(
        shown[shown.on_front].sort_values("cost_front"),
        f"{prefix}Pareto front",
        color or BLUE,
    )
    searched = shown[~is_baseline & ~is_rival]
    kept, broken = searched[searched.within_limits], searched[~searched.within_limits]
    groups: list[tuple[pd.DataFrame, PointStyle]] = []
    if len(broken):
        style = PointStyle("over a limit", GREY, symbol="circle-open", opacity=0.4)
        groups.append((broken, style))
    if look.color_by and not color:
        yield from _coloured(kept, look, of_many)
    else:
        faint = PointStyle("searched, dominated", color or GREY, noise=of_many, is_faint=True)
        groups.append((kept[~kept.on_front], faint))
        style = PointStyle("searched, on the front", color or BLUE, noise=noise)
        groups.append((kept[kept.on_front], style))
    paper = PointStyle(PAPER_NAMES, color or ORANGE, symbol="diamond", noise=noise,
                       is_large=True, is_titled=is_first)  # fmt: skip
    groups.append((shown[is_baseline], paper))
    if is_rival.any():
        of_latency = 0.0 if math.isfinite(noise) else math.nan  # the noise is of MobileViTs
        rivals = PointStyle("rivals, same proxy", color or GREEN, symbol="triangle-up",
                            noise=of_latency, is_large=True, is_titled=is_first)  # fmt: skip
        groups.append((shown[is_rival], rivals))
    for group, style in groups:
        named = replace(style, name=prefix + style.name, size_by=look.size_by, is_many=is_many)
        yield network_points(group, named, shown)
    if len(missing) and len(shown):
        name = f"{prefix}no accuracy: {', '.join(sorted(missing.state.map(plain).unique()))}"
        yield unknown_points(missing, shown, name)


def _coloured(rows: pd.DataFrame, look: ParetoLook, noise: float) -> Iterable[go.Scatter]:
    """Yield the searched networks coloured by a column: by a scale, or a trace per category."""
    column = str(look.color_by)
    label = quantity(column).label
    style = PointStyle("searched", GREY, noise=noise, size_by=look.size_by, is_outlined=True,
                       is_many=len(rows) > FEW)  # fmt: skip
    if is_numeric(rows[column]) and rows[column].nunique() > MANY_VALUES:
        trace = network_points(rows, style)
        trace.marker.color = scaled(rows[column], column)
        trace.marker.colorscale = SCALE
        trace.marker.showscale = True
        trace.marker.colorbar = {"title": {"text": label, "side": "right"}, "thickness": 12}
        trace.error_x.color = trace.error_y.color = GREY
        yield trace
        return
    kinds = text_values(rows[column])
    free = [color for color in CATEGORIES if color != ORANGE]  # which the baselines have
    for index, kind in enumerate(in_order(kinds.unique())):
        color = free[index] if index < len(free) else GREY
        yield network_points(
            rows[kinds == kind], replace(style, name=f"{label} = {plain(kind)}", color=color)
        )


def _add_line(figure: go.Figure, at: float, words: str) -> None:
    line = {"dash": "dot", "color": GREY}
    position = "top right" if words.startswith("limit") else "top left"
    figure.add_vline(x=at, line=line, row=1, col=1, annotation_text=words,
                     annotation_position=position)  # fmt: skip
    figure.add_vline(x=at, line=line, row=2, col=1)


def _front_line(front: pd.DataFrame, name: str, color: str) -> go.Scatter:
    return go.Scatter(
        x=front.cost_front,
        y=front.top1 * PERCENT,
        mode="lines",
        name=name,
        line={"color": color, "shape": "hv", "width": 1.5},
        hoverinfo="skip",
    )


def _marks(trials: pd.DataFrame, look: ParetoLook) -> Iterable[go.Scatter]:
    """Yield rings around the picked networks and the best within the budget."""
    shown = trials[trials.top1.notna()]
    picked = _among(shown, look.picked)
    if len(picked):
        yield rings(picked, "picked", PINK, 14)
    best = _among(shown, [] if look.best_trial is None else [look.best_trial])
    if len(best):
        yield rings(best, "best within the budget", GREEN, 20)


def _among(trials: pd.DataFrame, pairs: Collection[tuple[str, int]]) -> pd.DataFrame:
    """Return the rows of the given studies and trials; trial numbers repeat between studies."""
    numbers = zip(trials.study, trials.trial, strict=True)
    return trials[pd.Series([pair in pairs for pair in numbers], trials.index, dtype=bool)]
