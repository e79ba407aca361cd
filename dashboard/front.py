"""The front as the Pareto page and the Space page draw it, and what is selected in it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.dashboard.shelf import View
from nasbench_mvit.figures.pareto import ParetoLabels, ParetoLook, pareto_figure
from nasbench_mvit.search.report import paper_points


def front_figure(
    views: Mapping[str, View], tables: Mapping[str, pd.DataFrame], look: ParetoLook
) -> go.Figure:
    """Return the front of the first study, with those of the others over it."""
    view = next(iter(views.values()))
    if view.predictor is None:
        paper = pd.DataFrame(columns=["name", "top1", "latency_ms", "latency_kind"])
    else:
        paper = paper_points(view.summary, view.predictor)
    kinds = sorted({str(kind) for each in views.values() for kind in each.table.latency_kind})
    labels = ParetoLabels(
        latency=f"{' and '.join(kinds)} latency, ms",
        accuracy="trained by the study's proxy",
        paper=f"published on ImageNet-1k, at {' and '.join(sorted(set(paper.latency_kind)))} ms",
        noise=view.summary.noise,
        limit_ms=view.config.limits.latency_ms,
    )
    rows = pd.concat([rows.assign(study=key) for key, rows in tables.items()])
    return pareto_figure(rows, paper, labels, look)


def picked_in(selection: Mapping[str, list[dict[str, Any]]]) -> list[tuple[str, int]]:
    """Return study and trial of each network that is selected, once."""
    points = [point.get("customdata") or [] for point in selection.get("points", [])]
    return list(dict.fromkeys((str(data[1]), int(data[0])) for data in points if len(data) > 2))
