"""What a page shows, kept while it is drawn, so that it can be saved as one file."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from nasbench_mvit.figures import page as html

SHARED = "shared"
Part = Callable[[], str]


def begin() -> None:
    """Keep what is shown from here on."""
    st.session_state[SHARED] = []


def add(part: Part) -> None:
    """Keep a part of the page; what a part of it shows again by itself later is not kept twice."""
    if (parts := st.session_state.get(SHARED)) is not None:
        parts.append(part)


def button(title: str) -> None:
    """Offer what was kept as a file, and keep no more.

    Args:
        title: of the page.
    """
    parts: list[Part] = st.session_state.pop(SHARED)
    run = " of ".join([title, *st.query_params.get_all("study")])
    chosen = {
        name: ", ".join(st.query_params.get_all(name))
        for name in st.query_params
        if name not in {"study", "camera"}
    }
    st.sidebar.download_button(
        "This page as a file",
        lambda: document(run, parts, chosen),
        f"{run.replace('/', '-')}.html",
        "text/html",
        key="share",
        on_click="ignore",
        icon=":material/share:",
        help="What the page shows, figures and tables, as one HTML file that needs no server and "
        "no network.",
    )


def document(title: str, parts: list[Part], chosen: dict[str, str]) -> str:
    """Return the page.

    Args:
        title: of the page.
        parts: what it showed, as HTML.
        chosen: what was chosen there, by the name it has in a link.
    """
    said = f"As the dashboard showed it on {datetime.now(UTC):%d %B %Y, %H:%M %Z}"
    choice = "; ".join(f"{name}: {value}" for name, value in chosen.items())
    lines = [said, *([f"Chosen there: {choice}"] if choice else [])]
    return html.page(title, [*map(html.paragraph, lines), *(part() for part in parts)])
