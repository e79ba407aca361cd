"""The final evaluation of a study on the Pareto page: its front scored on the test images."""

import shlex

import streamlit as st
from parts import sentences, table, words

from nasbench_mvit.dashboard.runs import View
from nasbench_mvit.search.finalists.report import (
    DIFFERENCES,
    LEGEND,
    TITLE,
    difference_rows,
    network_rows,
    verdict_rows,
)
from nasbench_mvit.search.finalists.text import headline, notes


def last_word(view: View) -> None:
    """Show how the finalists compare on test images, or how to find out."""
    final = view.final
    if final is None and not view.summary.front:
        return
    st.subheader(TITLE)
    if final is None:
        st.caption(
            "The scores above flatter: a front is the best of many noisy draws. This trains some "
            "of its networks anew and scores them once on images no search has seen:"
        )
        st.code(_command(view), language="bash", wrap_lines=True)
        return
    st.caption(sentences(headline(final)))
    verdicts = verdict_rows(final)
    networks = network_rows(final).assign(**{verdicts.columns[1]: verdicts.iloc[:, 1]})
    table(networks, "finalists")
    st.caption(sentences(LEGEND))
    if final.differences:
        with st.expander(DIFFERENCES):
            table(difference_rows(final), "differences")
    for name, text in notes(final).items():
        st.caption(f"**{words(name)}.** {sentences(text)}")


def _command(view: View) -> str:
    study, run_dir = shlex.quote(view.study.name), shlex.quote(str(view.path.parent))
    return f"python -m nasbench_mvit.search --study {study} --run-dir {run_dir} --finalists 5"
