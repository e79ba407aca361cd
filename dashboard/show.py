"""Text, tables and figures as all pages show them, with their downloads.

Text that comes from a store is shown by ``st.text``, ``st.code`` or a table, or goes through
``words``: Streamlit reads Markdown in everything else.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from nasbench_mvit.figures import page
from nasbench_mvit.figures.columns import value_text
from nasbench_mvit.workbench.exploration.sections import Section

MAX_DECIMALS = 3
ZOOM_BUTTONS = ["zoom2d", "zoomIn2d", "zoomOut2d", "autoScale2d"]
#: The text of figures and captions is as dark as other text, which its lighter grey was not: 3.7
#: to 1. The download of Streamlit's own in the corner of a table would hold links for numbers.
STYLE = f"""<style>{page.FIGURE_STYLE}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] *
  {{ color: inherit !important; opacity: 1 !important; }}
[data-tag], [data-tag] * {{ background: transparent !important; color: inherit !important; }}
[data-testid="stElementToolbarButton"]:has([aria-label="Download as CSV"]) {{ display: none; }}
</style>"""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])")


def words(text: object) -> str:
    """Return ``text`` so that Markdown shows it as it is, in one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def sentences(*texts: str) -> str:
    """Return each text as a sentence, for Markdown to show as it is."""
    return " ".join(words(f"{text[:1].upper()}{text[1:]}.") for text in texts)


def draw(
    figure: go.Figure, name: str, *, alt: str, on_select: Callable[[], None] | None = None
) -> None:
    """Draw a figure with its downloads; ``on_select`` is called when something is selected."""
    format_ = str(st.session_state.get("camera") or "png")
    config: dict[str, object] = {
        "displaylogo": False,
        "toImageButtonOptions": {"format": format_, "filename": name, "scale": 2},
    }
    if on_select is not None:
        # Box and lasso are found there only if seen; fewer buttons leave room on a phone.
        config |= {"displayModeBar": True, "modeBarButtonsToRemove": ZOOM_BUTTONS}
    st.plotly_chart(
        figure, key=f"chart.{name}", on_select=on_select or "ignore", config=config, alt=alt
    )
    st.download_button(
        "HTML", lambda: page.page(name, [page.figure(figure, alt)]), f"{name}.html", "text/html",
        key=f"html.{name}", on_click="ignore", type="tertiary", icon=":material/download:",
        help="The figure as a page of its own, which saves it as PNG and SVG; the camera in the "
        "figure's corner does too.",
    )  # fmt: skip


def camera() -> None:
    """Let the user choose what the camera in the corner of a figure saves."""
    st.segmented_control(
        "The camera of a figure saves", ["png", "svg"], default="png", format_func=str.upper,
        key="camera", bind="query-params", required=True,
    )  # fmt: skip


def folded(
    frame: pd.DataFrame, name: str, study: str | None = None, *, label: str = "As a table"
) -> None:
    """Show a table on demand."""
    with st.expander(label, key=f"fold.{name}", on_change="rerun") as fold:
        if fold.open:
            table(frame, name, study)


def table(frame: pd.DataFrame, name: str, study: str | None = None, *, none: str = "") -> None:
    """Show a table with its download.

    Args:
        frame: of numbers and text.
        name: of the file.
        study: whose trials are links to their pages; None for no links.
        none: what is said in place of a table without rows.
    """
    if none and frame.empty:
        st.info(none)
        return
    columns: dict[str, Any] = {
        str(column): st.column_config.NumberColumn(format=f"%.{_decimals(frame[column])}f")
        for column in frame
        if pd.api.types.is_float_dtype(frame[column])
    }
    shown = frame
    if study is not None and "trial" in frame:
        linked = next(name for name in ("network", "name", "trial") if name in frame)
        start = f"network?study={quote(study)}&trial="
        links: list[str | None] = [
            None if pd.isna(trial) else f"{start}{trial:.0f}#{quote(value_text(text))}"
            for trial, text in zip(frame.trial, frame[linked], strict=True)
        ]
        shown = frame.assign(**{linked: pd.Series(links, index=frame.index)})
        columns[linked] = st.column_config.LinkColumn(
            display_text="#(.*)$", help="Opens the network in a new tab."
        )
    st.dataframe(
        shown, hide_index=True, key=f"table.{name}", column_config=columns, placeholder="–"
    )
    st.download_button(
        "CSV", lambda: frame.to_csv(index=False), f"{name}.csv", "text/csv",
        key=f"csv.{name}", on_click="ignore", type="tertiary", icon=":material/download:",
    )  # fmt: skip


def section(part: Section, study: str) -> None:
    """Show a part of a page; the trials in its tables are links to their pages."""
    st.subheader(words(part.title))
    if part.said:
        st.markdown(sentences(*part.said))
    for name, frame in part.tables.items():
        table(frame, name, study, none=part.empty)
    if part.notes:
        st.caption(sentences(*part.notes))
    if part.command:
        st.code(part.command, language=None, wrap_lines=True)


def _decimals(values: pd.Series) -> int:
    """Return the number of decimals, at most three, that the values need."""
    exact = values.round(MAX_DECIMALS)
    enough = [n for n in range(MAX_DECIMALS) if values.round(n).equals(exact)]
    return enough[0] if enough else MAX_DECIMALS
