"""Text, tables and figures as all pages show them, with their downloads.

All text is shown as it is, never as Markdown or HTML: some of it comes from a store. What is shown
is kept for the file of the whole page (``share``).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pandas as pd
import plotly.graph_objects as go
import share
import streamlit as st

from nasbench_mvit.figures import page
from nasbench_mvit.figures.columns import ABSENT, value_text
from nasbench_mvit.workbench.exploration.sections import Section

MAX_DECIMALS, MAX_DECIMALS_BELOW_1 = 2, 3
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
    """Return each text as a sentence."""
    return " ".join(f"{text[:1].upper()}{text[1:]}." for text in texts)


def heading(text: str) -> None:
    """Show the heading of a part of the page."""
    st.subheader(words(text))
    share.add(lambda: page.heading(text))


def caption(text: str) -> None:
    """Show what explains the part before."""
    st.caption(words(text))
    share.add(lambda: page.paragraph(text))


def info(text: str) -> None:
    """Show what a reader should know, or that there is nothing to show."""
    st.info(words(text))
    share.add(lambda: page.lead([text]))


def success(text: str) -> None:
    """Show the answer to what was asked."""
    st.success(words(text))
    share.add(lambda: page.lead([text]))


def warning(text: str, *, of: str = "") -> None:
    """Show what makes the page say less, of ``of`` if given, in bold."""
    st.warning(f"**{words(of)}** {words(text)}" if of else words(text))
    share.add(lambda: page.lead([f"{of} {text}".strip()]))


def code(text: str, **shown: Any) -> None:
    """Show text that is copied as it is, such as a command; ``shown`` as ``st.code`` takes it."""
    st.code(text, language=None, wrap_lines=True, **shown)
    share.add(lambda: page.command(text))


def numbers(values: Mapping[str, str]) -> None:
    """Show a few numbers under their names."""
    with st.container(horizontal=True, gap="large"):
        for name, value in values.items():
            st.metric(name, value, width="content")
    share.add(lambda: page.definitions(dict(values)))


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
    share.add(lambda: page.figure(figure, alt))


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
            _grid(frame, name, study)
    share.add(lambda: page.folded(label, page.table(_as_text(frame))))


def table(frame: pd.DataFrame, name: str, study: str | None = None, *, none: str = "") -> None:
    """Show a table with its download.

    Args:
        frame: of numbers and text.
        name: of the file.
        study: whose trials are links to their pages; None for no links.
        none: what is said in place of a table without rows.
    """
    if none and frame.empty:
        info(none)
        return
    _grid(frame, name, study)
    share.add(lambda: page.table(_as_text(frame)))


def _grid(frame: pd.DataFrame, name: str, study: str | None) -> None:
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
        shown, hide_index=True, key=f"table.{name}", column_config=columns, placeholder=ABSENT
    )
    st.download_button(
        "CSV", lambda: frame.to_csv(index=False), f"{name}.csv", "text/csv",
        key=f"csv.{name}", on_click="ignore", type="tertiary", icon=":material/download:",
    )  # fmt: skip


def section(part: Section, study: str) -> None:
    """Show a part of a page; the trials in its tables are links to their pages."""
    heading(part.title)
    if part.said:
        said = sentences(*part.said)
        st.markdown(words(said))
        share.add(lambda: page.paragraph(said))
    for name, frame in part.tables.items():
        table(frame, name, study, none=part.empty)
    if part.notes:
        caption(sentences(*part.notes))
    if part.command:
        code(part.command)


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table as it is shown: with so many decimals, and a dash where there is nothing."""
    return pd.DataFrame(
        {
            column: [_cell(value, _decimals(frame[column])) for value in frame[column]]
            if pd.api.types.is_float_dtype(frame[column])
            else frame[column].map(value_text)
            for column in frame
        }
    )


def _cell(value: float, decimals: int) -> str:
    return ABSENT if pd.isna(value) else f"{value:.{decimals}f}"


def _decimals(values: pd.Series) -> int:
    """Return the number of decimals that the values need, two at most, three if all are below 1."""
    most = MAX_DECIMALS if values.abs().max() >= 1 else MAX_DECIMALS_BELOW_1
    exact = values.round(most)
    return next(n for n in range(most + 1) if values.round(n).equals(exact))
