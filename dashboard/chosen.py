"""What is looked at: the studies and filters at the side, and the link that restores them."""

import sys
from collections.abc import Collection, Sequence

import pandas as pd
import streamlit as st
from notes import notes_of
from show import camera, heading, warning, words

from nasbench_mvit.figures.columns import quantity, scaled, text_values
from nasbench_mvit.workbench.exploration.filters import (
    Between,
    Filter,
    OneOf,
    Tagged,
    filterable,
    filtered,
    is_range,
    tags_of,
)
from nasbench_mvit.workbench.studies.notes import TAGS
from nasbench_mvit.workbench.studies.study import Study
from nasbench_mvit.workbench.studies.watched_runs import WatchedRun, find_runs

REFRESH_S = 2
SEARCH = "python -m nasbench_mvit.search --study smoke"


def chosen_studies(*, several: bool = False) -> dict[str, Study]:
    """Let the user choose a study, or several, and return them by key; end the page without any."""
    known = find_runs(sys.argv[1:])
    if not known:
        st.info("There is no study here yet. Start one, this finds it in a moment:")
        st.code(SEARCH, language=None)
        _follow({})
        st.stop()
    keys = _choose(list(known), several=several)
    # Outside the side bar, which a phone folds: what is wrong with a store must be seen.
    studies = {key: study for key in keys if (study := _look(key, known[key])) is not None}
    with st.sidebar:
        _follow({key: known[key] for key in keys})
    if not studies:
        st.info("Nothing can be shown of this study at the moment.")
        st.stop()
    return studies


def one_study() -> tuple[str, Study]:
    """Let the user choose a study, show its title, and return its key and the study."""
    key, study = next(iter(chosen_studies().items()))
    title(key, study)
    return key, study


def run_title(key: str, study: Study) -> str:
    """Return the folder of a run, and the name of its study where that is another."""
    return key if study.name == key.rpartition("/")[2] else f"{key}: {study.name}"


def title(key: str, study: Study) -> None:
    """Show the title of a run on the page and in the tab of the browser."""
    text = run_title(key, study)
    st.set_page_config(page_title=f"{text} – nasbench_mvit", layout="wide")
    heading(text)


def optional_study() -> Study | None:
    """Return the study of the link, for a page that can do without one."""
    known = find_runs(sys.argv[1:])
    if not known:
        return None
    (key,) = _choose(list(known), several=False)
    return _look(key, known[key])


def unknown_in_link(name: str, known: Collection[str], what: str) -> bool:
    """Show an error for an unknown name in the link, until something else is chosen.

    Args:
        name: of the parameter; its widget must forget it by ``forget_link``.
        known: what there is.
        what: it is, such as "run".
    """
    state = f"unknown.{name}"
    if state not in st.session_state:
        asked = [value for value in st.query_params.get_all(name) if value not in known]
        st.session_state[state] = ", ".join(asked)
    if not st.session_state[state]:
        return False
    shown = ", ".join(list(known)[:10]) + (" …" if len(known) > 10 else "")
    st.error(
        words(
            f"The link names the {what} {st.session_state[state]}, which is not here. Choose one "
            f"of {shown}."
        )
    )
    return True


def forget_link(name: str) -> None:
    """Drop what the link named and was not here: something has been chosen."""
    st.session_state[f"unknown.{name}"] = ""


def _choose(keys: list[str], *, several: bool) -> list[str]:
    is_unknown = unknown_in_link("study", keys, "run")
    # Where a phone shows it, if it must be used.
    with st.container() if is_unknown else st.sidebar:
        asked = st.query_params.get("study", keys[0])
        first = st.selectbox(
            "Run", keys, index=None if is_unknown else keys.index(asked) if asked in keys else 0,
            key="study",
            help="The folder of a run, with the study where its store holds several; the newest is "
            "first.", placeholder="Choose a run",
            on_change=_run_chosen,
        )  # fmt: skip
    with st.sidebar:
        camera()
    if first is None:
        st.stop()
    # Always there, unlike of a widget that is bound: which run is the newest changes.
    st.query_params["study"] = first
    others = [key for key in keys if key != first]
    if not several or not others:
        return [str(first)]
    unknown_in_link("beside", keys, "run")
    with st.sidebar:
        more = st.multiselect(
            "beside it", others, key="beside", bind="query-params",
            on_change=forget_link, args=("beside",),
        )  # fmt: skip
    return [str(first), *more]


def _run_chosen() -> None:
    """Name the run in the link before the page is drawn, whose navigation leads on with it."""
    forget_link("study")
    if st.session_state["study"] is not None:
        st.query_params["study"] = st.session_state["study"]


def _look(key: str, run: WatchedRun) -> Study | None:
    look = run.look()
    if look.trouble:
        seen = f"{look.seen.astimezone():%H:%M:%S %Z}"
        shown = "" if look.study is None else f" Shown is what was read at {seen}."
        warning(f"{look.reason}{shown}", of=f"{key}: {look.trouble}.")
    return look.study


@st.fragment(run_every=REFRESH_S)
def _follow(runs: dict[str, WatchedRun]) -> None:
    """Draw the page anew when a store has changed; what is selected stays."""
    now = {key: run.state() for key, run in runs.items()}
    before = st.session_state.get("states")
    st.session_state["states"] = now
    is_new = not runs and bool(find_runs(sys.argv[1:]))
    if is_new or (before is not None and before.keys() == now.keys() and before != now):
        st.rerun()


def noted_trials(study: Study) -> pd.DataFrame:
    """Return the table of a study's trials, with the tags and notes on them."""
    return notes_of(study).beside(study.timed_trials)


def filters_of(table: pd.DataFrame, score: str) -> list[Filter]:
    """Show the filters at the side and return them; ``score`` is the name of the accuracy."""
    with st.sidebar:
        columns = st.multiselect(
            "Filter by",
            filterable(table),
            format_func=lambda column: quantity(column, score).label,
            key="filter",
            bind="query-params",
        )
        return [_filter(table, column, score) for column in columns]


def _filter(table: pd.DataFrame, column: str, score: str) -> Filter:
    label = quantity(column, score).label
    if column == TAGS:
        return Tagged(tuple(st.multiselect(label, tags_of(table), key="f.tags", bind="query-params")
                            or tags_of(table)))  # fmt: skip
    if not is_range(table, column):
        kinds = sorted(text_values(table[column]).unique())
        chosen = st.multiselect(label, kinds, key=f"f.{column}", bind="query-params")
        return OneOf(column, tuple(chosen or kinds))
    values = scaled(table[column], column).dropna()
    low, high = float(values.min()), float(values.max())
    # Bounds in whole hundredths, so that a link means the same while the study grows.
    low, high = int(low * 100) / 100, (int(high * 100) + 1) / 100
    between = st.slider(label, low, high, (low, high), key=f"f.{column}", bind="query-params")
    return Between(column, *between)


def shown(study: Study, filters: Sequence[Filter]) -> pd.DataFrame:
    """Return the table of a study after the filters."""
    table = filtered(noted_trials(study), filters, study.config.rule)
    with st.sidebar:
        st.caption(f"{len(table):,} of {len(study.timed_trials):,} trials")
    return table


def link_here() -> None:
    """Show the address that restores this view."""
    with st.sidebar:
        st.caption("The address of this page restores what you see; copy it to share it.")
