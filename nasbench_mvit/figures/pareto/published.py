"""The panel of the published networks, a trace for each paper."""

from collections.abc import Iterable

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.figures.columns import CATEGORIES, plain, short
from nasbench_mvit.figures.layout import name_places
from nasbench_mvit.figures.pareto.points import with_costs

PUBLISHED = "published"
VARIANTS = "variants"
DETAILS = ["name", "top1_source", "cost_kind", "cost_source", "cost_low", "cost_high"]
FORMULAS = "closed formulas"


def published_traces(
    paper: pd.DataFrame, metric: str = "ImageNet top-1", rule: FrontRule = FrontRule.POINT
) -> Iterable[go.Scatter]:
    """Yield a trace for each group, which the legend shows and hides.

    Latencies that are not published are open squares. Names stand beside the published latencies,
    or beside the first group where there are none; variants, which lie close, have none.

    Args:
        paper: a table with the columns name, group, top1 (percent), top1_source, latency_ms,
            latency_low_ms, latency_high_ms, latency_kind, latency_source and peak_activation_mb.
        metric: name of ``top1``, which begins with that of the images.
        rule: the rule of the front, which names the cost.
    """
    paper = _with_costs(paper, rule)
    is_published = paper.cost_kind == PUBLISHED
    is_named = is_published if is_published.any() else paper.group == paper.group.iloc[:1].squeeze()
    is_named &= ~paper.group.str.startswith(VARIANTS)
    paper = paper.assign(text=paper["name"].map(short).where(is_named, ""))
    around = paper.rename(columns={"cost": "x", "top1": "y"})
    for color, (group, rows) in zip(CATEGORIES, paper.groupby("group", sort=False), strict=False):
        yield go.Scatter(
            x=rows.cost,
            y=rows.top1,
            mode="markers+text",
            text=rows.text.map(plain),
            textposition=name_places(rows.text.tolist(), rows.cost, rows.top1, around),
            name=f"{metric.split(maxsplit=1)[0]}: {group}",
            marker={
                "color": color,
                "symbol": rows.cost_kind.map({PUBLISHED: "square"}).fillna("square-open"),
                "size": 9,
            },
            customdata=rows[DETAILS].map(
                lambda cell: plain(cell) if isinstance(cell, str) else cell
            ),
            hovertemplate=f"%{{customdata[0]}}<br>{metric} %{{y}} % (published: "
            f"%{{customdata[1]}})<br>%{{x:.2f}} {rule.unit} ("
            "%{customdata[2]}: %{customdata[3]}; "
            "%{customdata[4]:.2f} to %{customdata[5]:.2f})<extra></extra>",
        )


def _with_costs(paper: pd.DataFrame, rule: FrontRule) -> pd.DataFrame:
    """Return the networks with a known cost, its kind and its source."""
    paper = with_costs(paper, rule)
    if rule is FrontRule.MEMORY:
        return paper.assign(cost_kind="estimated", cost_source=FORMULAS).dropna(subset="cost")
    return paper.assign(cost_kind=paper.latency_kind, cost_source=paper.latency_source)
