"""The networks selected in a figure, which stay selected while the study grows."""

import functools
from collections.abc import Mapping

import pandas as pd
import share
import streamlit as st
from chosen import forget_link, unknown_in_link
from show import table, words

from nasbench_mvit.figures import page as html
from nasbench_mvit.figures.columns import PERCENT
from nasbench_mvit.workbench.exploration.comparison import MOST
from nasbench_mvit.workbench.exploration.tables import titled

MAX_IN_LINK = 50
SHOWN_LINKS = 5
HINT = (
    "Click a point for its network; draw a box or a lasso for several, with the tools in the "
    "figure's corner. Below the figure stands a table of all points."
)


def pick(name: str) -> None:
    """Note what was just selected in the figure ``name``.

    A figure that is drawn anew, since the study has grown, reports that nothing is selected any
    more; what was stays until ``forget`` or the next selection.
    """
    points = st.session_state[f"chart.{name}"].selection.get("points", [])
    found = [point.get("customdata") or [] for point in points]
    # A box around estimates holds published networks too, which have a name in place of a trial.
    own = [data for data in found if len(data) > 2 and str(data[0]).isdecimal()]
    picked = dict.fromkeys((str(data[1]), int(data[0])) for data in own)
    if picked:
        st.session_state["picked"] = list(picked)
        forget_link("picked")


def forget() -> None:
    """Select nothing."""
    st.session_state["picked"] = []
    forget_link("picked")


def picked(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, int]]:
    """Return study and trial of each network that is selected and shown, once.

    A trial of the link that no study shown has is named on the page.
    """
    if "picked" not in st.session_state:
        known = [f"{key}:{trial}" for key, rows in tables.items() for trial in rows.trial]
        unknown_in_link("picked", known, "network")
        pairs = [text.rpartition(":") for text in st.query_params.get_all("picked")]
        st.session_state["picked"] = [(s, int(t)) for s, _, t in pairs if t.isdecimal()]
    chosen: list[tuple[str, int]] = st.session_state["picked"]
    st.query_params["picked"] = [f"{study}:{trial}" for study, trial in chosen][:MAX_IN_LINK]
    trials = {key: set(rows.trial) for key, rows in tables.items()}
    return [(study, trial) for study, trial in chosen if trial in trials.get(study, ())]


def links(
    chosen: list[tuple[str, int]], tables: Mapping[str, pd.DataFrame], scored_by: str
) -> None:
    """Show what is selected above the figure, each with the way to its page.

    ``scored_by`` is the name of the accuracy.
    """
    if not chosen:
        st.caption(HINT)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for study, trial in chosen[:SHOWN_LINKS]:
            row = tables[study].set_index("trial").loc[trial]
            score = f"{row.top1 * PERCENT:.1f} %" if pd.notna(row.top1) else row.state
            said = f"{row['name']}: {score} at {row.latency_ms:.2f} ms"
            share.add(functools.partial(html.paragraph, f"Selected: {said}"))
            st.page_link(
                "views/network.py",
                label=words(f"{said} – its network"),
                icon=":material/account_tree:",
                query_params={"study": study, "trial": str(trial)},
            )
        if len(chosen) > 1:
            st.page_link(
                "views/compare.py",
                label="Compare them" if len(chosen) <= MOST else f"Compare the first {MOST}",
                icon=":material/compare:",
                query_params=_of_comparison(chosen[:MOST]),
            )
        st.button("Clear the selection", on_click=forget, type="tertiary", icon=":material/close:")
    if len(chosen) > SHOWN_LINKS:
        first = chosen[0][0]
        rows = tables[first][tables[first].trial.isin([t for s, t in chosen if s == first])]
        table(titled(rows, scored_by), "picked", first)


def _of_comparison(chosen: list[tuple[str, int]]) -> list[tuple[str, str]]:
    """Return the link to the comparison of networks: their studies, then the networks."""
    first, *others = dict.fromkeys(study for study, _ in chosen)
    return [
        ("study", first),
        *(("beside", study) for study in others),
        *(("networks", f"{study}:{trial}") for study, trial in chosen),
    ]
