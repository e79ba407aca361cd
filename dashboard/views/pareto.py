"""Accuracy against latency, the front, and what it gained over the paper's networks."""

from dataclasses import replace

import pandas as pd
import streamlit as st
from claims import rivals
from finalists import last_word
from front import forget, front_figure, pick, picked
from parts import chosen_views, draw, filters_of, link_here, sentences, shown, table, words

from nasbench_mvit.dashboard.comparison import facts, incomparable
from nasbench_mvit.dashboard.filters import filterable, is_range
from nasbench_mvit.dashboard.progress import gains, hypervolume_curves
from nasbench_mvit.dashboard.runs import View
from nasbench_mvit.errors import StudyError
from nasbench_mvit.figures.columns import quantity
from nasbench_mvit.figures.hypervolume import hypervolume_figure
from nasbench_mvit.figures.pareto_look import ParetoLook
from nasbench_mvit.search.reports.text import (
    EXTRAPOLATED_NOTE,
    readable_rows,
)
from nasbench_mvit.search.results.summary import Row

SHOWN_LINKS = 5


def page() -> None:
    views = chosen_views(several=True)
    key, view = next(iter(views.items()))
    st.subheader(words(view.study.name))
    st.caption(words(view.config.description))
    filters = filters_of(view.table)
    tables = {name: shown(each, filters) for name, each in views.items()}
    link_here()
    chosen = picked(tables)
    look = replace(
        choose_look(key, view, tables[key]),
        picked=frozenset(chosen),
    )
    if reasons := incomparable(views):
        st.warning(sentences(*reasons))
    figure = front_figure(views, tables, look)
    figure.update_layout(height=640)
    draw(
        figure,
        "pareto",
        alt="Accuracy against latency of every network of the study",
        on_select=lambda: pick("pareto"),
    )
    for name, each in views.items():
        of = f"**{words(name)}.** " if len(views) > 1 else ""
        st.caption(of + sentences(*facts(each)))
    picked_networks(chosen, tables)
    front_and_baselines(view, tables[key])
    rivals(view)
    last_word(view)
    hypervolume(views)


def choose_look(key: str, view: View, rows: pd.DataFrame) -> ParetoLook:
    """Let the user choose colour, size, budget and intervals for the ``rows`` shown of a study."""
    columns = filterable(rows)
    numbers = [name for name in columns if is_range(rows, name) or name.endswith(("dim", "depth"))]
    color, size, budget, bars = st.columns([3, 3, 3, 2], vertical_alignment="bottom")
    with color:
        color_by = st.selectbox("Colour", columns, index=None, format_func=label, key="color",
                                placeholder="the front", bind="query-params")  # fmt: skip
    with size:
        size_by = st.selectbox("Size", numbers, index=None, format_func=label, key="size",
                               placeholder="the same for all", bind="query-params")  # fmt: skip
    with budget:
        budget_ms = st.number_input(
            "Latency budget, ms", min_value=0.0, value=None, step=0.5, key="budget",
            placeholder="none", bind="query-params",
            help="For the upper end of a network's latency interval.",
        )  # fmt: skip
    with bars:
        intervals = st.toggle("Intervals", value=True, key="bars", bind="query-params")
    best = None if budget_ms is None else best_of(view, rows, budget_ms)
    return ParetoLook(
        color_by=color_by,
        size_by=size_by,
        budget_ms=budget_ms,
        best_trial=None if best is None else (key, best.trial),
        intervals=intervals,
    )


def best_of(view: View, rows: pd.DataFrame, budget_ms: float) -> Row | None:
    """Show and return the best network shown within a budget, None without one."""
    try:
        best = view.study.best_under(budget_ms, among=set(rows.trial))
    except StudyError:
        st.info(
            f"No network shown keeps the study's limits, and {budget_ms:g} ms at the upper end of "
            "its interval."
        )
        return None
    st.success(
        f"Best within {budget_ms:g} ms: {words(best.name)}, {words(best.top1_kind)} proxy "
        f"top-1 {best.top1:.1%}, {best.latency_ms:.2f} ms, at most {best.latency_high_ms:.2f}."
    )
    return best


def label(column: str) -> str:
    return quantity(column).label


def picked_networks(chosen: list[tuple[str, int]], tables: dict[str, pd.DataFrame]) -> None:
    """Show what is selected, each with the way to its page."""
    if not chosen:
        st.caption(
            "Click a point for its network; draw a box or a lasso for several, with the tools in "
            "the figure's corner."
        )
        return
    st.button("Clear the selection", on_click=forget, type="tertiary", icon=":material/close:")
    for study, trial in chosen[:SHOWN_LINKS]:
        row = tables[study].set_index("trial").loc[trial]
        st.page_link(
            "views/network.py",
            label=f"{words(row['name'])}: {row.top1:.1%} at {row.latency_ms:.2f} ms – its network",
            icon=":material/account_tree:",
            query_params={"study": study, "trial": str(trial)},
        )
    if len(chosen) > SHOWN_LINKS:
        rows = pd.concat(tables[study][tables[study].trial == trial] for study, trial in chosen)
        table(rows[["trial", "name", "top1", "latency_ms", "params", "macs"]], "picked")


def front_and_baselines(view: View, rows: pd.DataFrame) -> None:
    """Show the front and what it offers over each of the paper's networks."""
    front = set(rows[rows.on_front].trial)
    networks = [row for row in view.summary.rows if row.trial in front]
    networks.sort(key=lambda row: row.latency_ms)
    st.subheader("Pareto front")
    if networks:
        table(readable_rows(networks, view.summary).assign(trial=[r.trial for r in networks]),
              "front")  # fmt: skip
        st.caption(words(f"{EXTRAPOLATED_NOTE}."))
    else:
        st.info("No network shown has been trained to its end within the limits yet.")
    st.subheader("Over the paper's networks, same proxy")
    table(gains(view, rows), "gains")


def hypervolume(views: dict[str, View]) -> None:
    """Show how good the front had become, over trials or time."""
    st.subheader("Hypervolume")
    against = st.segmented_control(
        "over", ["trials", "minutes"], default="trials", key="over", bind="query-params",
        required=True,
    )  # fmt: skip
    curves, baselines = hypervolume_curves(views)
    view = next(iter(views.values()))
    draw(hypervolume_figure(curves, str(against), baselines), "hypervolume",
         alt="Hypervolume of the front as the search went on")  # fmt: skip
    reference = view.config.reference
    st.caption(
        f"The area the front dominates, from {reference.top1:.0%} top-1 and "
        f"{reference.latency_ms:g} ms; the dotted line is that of S, XS and XXS "
        "alone, whatever the limits."
    )


page()
