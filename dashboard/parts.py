"""What the pages share: the studies and filters at the side, tables, figures and downloads.

Text that comes from a store is shown by ``st.text``, ``st.code`` or a table, or goes through
``words``: Streamlit reads Markdown in everything else.
"""

import re
import sys
from collections.abc import Callable, Sequence

import pandas as pd
import plotly.graph_objects as go
import plotly.io
import streamlit as st

from nasbench_mvit.dashboard.filters import (
    Between,
    Filter,
    OneOf,
    filterable,
    filtered,
    is_range,
)
from nasbench_mvit.dashboard.runs import OpenRun, View, find_stores, open_run
from nasbench_mvit.figures.columns import quantity, scaled, text_values
from nasbench_mvit.search.readers.read_only import ReadError

REFRESH_S = 2
MAX_DECIMALS = 3
ZOOM_BUTTONS = ["zoom2d", "zoomIn2d", "zoomOut2d", "autoScale2d"]
SEARCH = "python -m nasbench_mvit.search --study smoke"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])")


def words(text: object) -> str:
    """Return ``text`` so that Markdown shows it as it is, in one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def sentences(*texts: str) -> str:
    """Return each text as a sentence, for Markdown to show as it is."""
    return " ".join(words(f"{text[:1].upper()}{text[1:]}.") for text in texts)


def stores() -> dict[str, OpenRun]:
    """Return the studies to choose from by their keys."""
    return {key: open_run(path) for key, path in find_stores(sys.argv[1:]).items()}


def chosen_views(*, several: bool = False) -> dict[str, View]:
    """Let the user choose a study, or several, and return them by key; end the page without any."""
    known = stores()
    if not known:
        st.info("There is no study here yet. Start one, this finds it in a moment:")
        st.code(SEARCH, language="bash")
        _follow({})
        st.stop()
    with st.sidebar:
        keys = _choose(list(known), several=several)
    # Outside the side bar, which a phone folds: what is wrong with a store must be seen.
    views = {key: view for key in keys if (view := _look(key, known[key])) is not None}
    with st.sidebar:
        _follow({key: known[key] for key in keys})
    if not views:
        st.info("Nothing can be shown of this study at the moment.")
        st.stop()
    return views


def optional_view() -> View | None:
    """Return the study of the link, for a page that can do without one."""
    known = stores()
    if not known:
        return None
    with st.sidebar:
        (key,) = _choose(list(known), several=False)
    return _look(key, known[key])


def _choose(keys: list[str], *, several: bool) -> list[str]:
    first = st.selectbox(
        "Study", keys, key="study", bind="query-params", disabled=len(keys) == 1,
        help="A folder of a run; its name is that of the folder.",
    )  # fmt: skip
    others = [key for key in keys if key != first]
    if not several or not others:
        return [str(first)]
    more = st.multiselect("beside it", others, key="beside", bind="query-params")
    return [str(first), *more]


def _look(key: str, study: OpenRun) -> View | None:
    try:
        view = study.look()
    except ReadError as error:
        st.warning(f"**{words(key)}: {error.trouble.value}.** {words(error)}")
        return None
    if view.trouble is not None:
        st.warning(
            f"**{words(key)}: {view.trouble.trouble.value}.** {words(view.trouble)} Shown is what "
            f"was read at {view.seen:%H:%M:%S}."
        )
    return view


@st.fragment(run_every=REFRESH_S)
def _follow(studies: dict[str, OpenRun]) -> None:
    """Draw the page anew when a store has changed; what is selected stays."""
    now = {key: study.state() for key, study in studies.items()}
    before = st.session_state.get("states")
    st.session_state["states"] = now
    is_new = not studies and bool(find_stores(sys.argv[1:]))
    if is_new or (before is not None and before.keys() == now.keys() and before != now):
        st.rerun()


def filters_of(table: pd.DataFrame) -> list[Filter]:
    """Show the filters at the side and return them."""
    with st.sidebar:
        columns = st.multiselect(
            "Filter by",
            filterable(table),
            format_func=lambda column: quantity(column).label,
            key="filter",
            bind="query-params",
        )
        return [_filter(table, column) for column in columns]


def _filter(table: pd.DataFrame, column: str) -> Filter:
    label = quantity(column).label
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


def shown(view: View, filters: Sequence[Filter]) -> pd.DataFrame:
    """Return the table of a study after the filters."""
    table = filtered(view.table, filters)
    with st.sidebar:
        st.caption(f"{len(table):,} of {len(view.table):,} trials")
    return table


def draw(
    figure: go.Figure, name: str, *, alt: str, on_select: Callable[[], None] | None = None
) -> None:
    """Draw a figure with its downloads; ``on_select`` is called when something is selected."""
    config: dict[str, object] = {
        "displaylogo": False,
        "toImageButtonOptions": {"format": "svg", "filename": name},
    }
    if on_select is not None:
        # Box and lasso are found there only if seen; fewer buttons leave the legend free.
        config |= {"displayModeBar": True, "modeBarButtonsToRemove": ZOOM_BUTTONS}
    st.plotly_chart(
        figure, key=f"chart.{name}", on_select=on_select or "ignore", config=config, alt=alt
    )
    st.download_button(
        "HTML", lambda: _page(figure), f"{name}.html", "text/html",
        key=f"html.{name}", on_click="ignore", type="tertiary", icon=":material/download:",
        help="The figure as a page of its own; the camera in its corner saves it as SVG.",
    )  # fmt: skip


def _page(figure: go.Figure) -> str:
    return str(plotly.io.to_html(figure, include_plotlyjs=True, config={"displaylogo": False}))


def folded(frame: pd.DataFrame, name: str) -> None:
    """Show a table on demand."""
    with st.expander("As a table"):
        table(frame, name)


def table(frame: pd.DataFrame, name: str) -> None:
    """Show a table with its download."""
    numbers = {
        str(column): st.column_config.NumberColumn(format=f"%.{_decimals(frame[column])}f")
        for column in frame
        if pd.api.types.is_float_dtype(frame[column])
    }
    st.dataframe(
        frame, hide_index=True, key=f"table.{name}", column_config=numbers, placeholder="–"
    )
    st.download_button(
        "CSV", lambda: frame.to_csv(index=False), f"{name}.csv", "text/csv",
        key=f"csv.{name}", on_click="ignore", type="tertiary", icon=":material/download:",
    )  # fmt: skip


def _decimals(values: pd.Series) -> int:
    """Return the number of decimals, at most three, that the values need."""
    exact = values.round(MAX_DECIMALS)
    enough = [n for n in range(MAX_DECIMALS) if values.round(n).equals(exact)]
    return enough[0] if enough else MAX_DECIMALS


def link_here() -> None:
    """Show the address that restores this view."""
    with st.sidebar:
        st.caption("The address of this page restores what you see; copy it to share it.")
