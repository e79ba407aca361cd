"""The front as the Pareto page and the Space page draw it, and what is selected in it."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from nasbench_mvit.dashboard.comparison import accuracy_title, common_limit
from nasbench_mvit.dashboard.runs import View
from nasbench_mvit.figures.pareto import pareto_figure
from nasbench_mvit.figures.pareto_look import ParetoLabels, ParetoLook
from nasbench_mvit.search.reports.text import latency_label, paper_points

MAX_IN_LINK = 50


def front_figure(
    views: Mapping[str, View], tables: Mapping[str, pd.DataFrame], look: ParetoLook
) -> go.Figure:
    """Return the front of the first study, with those of the others over it.

    The published networks stand at latencies of the first study's device.
    """
    view = next(iter(views.values()))
    if view.predictor is None:
        paper = pd.DataFrame(columns=["name", "top1", "latency_ms", "latency_kind"])
    else:
        paper = paper_points(view.summary, view.predictor)
    labels = ParetoLabels(
        latency=latency_label(
            " and ".join(dict.fromkeys(each.device for each in views.values())),
            [kind for each in views.values() for kind in each.table.latency_kind],
            paper.latency_kind,
        ),
        accuracy=accuracy_title(views),
        paper=f"published on ImageNet-1k, at {' and '.join(sorted(set(paper.latency_kind)))} ms",
        noise={key: each.summary.noise for key, each in views.items()},
        limit_ms=common_limit(views),
    )
    rows = pd.concat([rows.assign(study=key) for key, rows in tables.items()])
    return pareto_figure(rows, paper, labels, look)


def pick(name: str) -> None:
    """Note what was just selected in the figure ``name``.

    A figure that is drawn anew, since the study has grown, reports that nothing is selected any
    more; what was stays until ``forget`` or the next selection.
    """
    points = st.session_state[f"chart.{name}"].selection.get("points", [])
    found = [point.get("customdata") or [] for point in points]
    picked = dict.fromkeys((str(data[1]), int(data[0])) for data in found if len(data) > 2)
    if picked:
        st.session_state["picked"] = list(picked)


def forget() -> None:
    """Select nothing."""
    st.session_state["picked"] = []


def picked(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, int]]:
    """Return study and trial of each network that is selected and shown, once."""
    if "picked" not in st.session_state:
        pairs = [text.rpartition(":") for text in st.query_params.get_all("picked")]
        st.session_state["picked"] = [(s, int(t)) for s, _, t in pairs if t.isdecimal()]
    chosen: list[tuple[str, int]] = st.session_state["picked"]
    st.query_params["picked"] = [f"{study}:{trial}" for study, trial in chosen][:MAX_IN_LINK]
    known = {key: set(rows.trial) for key, rows in tables.items()}
    return [(study, trial) for study, trial in chosen if trial in known.get(study, ())]
