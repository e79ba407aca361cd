"""The rivals of a study on the Pareto page, and what it says of the claims over them."""

import streamlit as st
from parts import sentences, table

from nasbench_mvit.dashboard.runs import View
from nasbench_mvit.search.reports.rivals import CLAIMS, TITLE, claim_rows
from nasbench_mvit.search.reports.text import readable_rows
from nasbench_mvit.search.results.claims import headline, note


def rivals(view: View) -> None:
    """Show the rivals beside the claims, nothing for a study without rivals."""
    if not view.summary.rivals:
        return
    st.subheader(TITLE)
    rows = view.summary.rivals
    table(readable_rows(rows, view.summary).assign(trial=[row.trial for row in rows]), "rivals")
    check = view.summary.claims
    if check is None:
        return
    st.markdown(f"**{CLAIMS}**")
    if check.checked:
        table(claim_rows(check), "claims")
    st.caption(sentences(headline(check), *filter(None, [note(check)])))
