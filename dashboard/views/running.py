"""A search while it runs: progress, speed, time left, and what failed."""

import math
from datetime import UTC, datetime

import streamlit as st
from parts import chosen_views, draw, table, words

from nasbench_mvit.dashboard.progress import endings
from nasbench_mvit.dashboard.runs import View
from nasbench_mvit.figures.endings import endings_figure
from nasbench_mvit.workbench.studies.study import SECONDS_PER_MINUTE
from nasbench_mvit.workbench.studies.study_progress import Progress, progress_of, running_now

MINUTES_PER_HOUR = 60


def page() -> None:
    view = next(iter(chosen_views().values()))
    st.subheader(words(view.study.name))
    progress = progress_of(view.study)
    st.progress(progress.share, f"{progress.trained:,} of {progress.budget:,} networks trained")
    numbers(progress)
    since_last_write(progress)
    ended = endings(view)
    if not ended.empty:
        draw(endings_figure(ended), "endings", alt="Trials ended over time, by outcome")
    st.subheader("Running now")
    now = running_now(view.study)
    if now.empty:
        st.info("No trial is running.")
    else:
        table(now, "running")
    what_failed(view)


def numbers(progress: Progress) -> None:
    """Show speed, time left and the trials by outcome."""
    speed, left, spent, *counts = st.columns(3 + len(progress.counts))
    speed.metric("networks an hour", _number(progress.networks_per_hour))
    left.metric("left", "done" if progress.is_done else _duration(progress.minutes_left))
    spent.metric("so far", _duration(progress.minutes))
    for column, (state, count) in zip(counts, sorted(progress.counts.items()), strict=True):
        column.metric(state, f"{count:,}")


@st.fragment(run_every=1)
def since_last_write(progress: Progress) -> None:
    """Show the time since the store was last written."""
    seconds = max(0.0, (datetime.now(UTC) - progress.last_write).total_seconds())
    text = f"The store was last written {_duration(seconds / SECONDS_PER_MINUTE)} ago."
    if progress.counts.get("running") and seconds > MINUTES_PER_HOUR * SECONDS_PER_MINUTE:
        text += " Trials that are still running since then were likely cut off; the same search "
        text += "command goes on with them."
    st.caption(text)


def what_failed(view: View) -> None:
    """Show why trials failed, were stopped or rejected, and what each said."""
    st.subheader("Failed, stopped and rejected")
    reasons = view.study.failures
    if reasons.empty:
        st.info("None.")
        return
    table(reasons, "failures")
    with st.expander("What each trial said"):
        told = view.table[view.table.reason != ""]
        st.code("\n".join(f"trial {trial}: {' '.join(str(reason).split())}" for trial, reason in
                          zip(told.trial, told.reason, strict=True)),
                language=None, wrap_lines=True, height=300)  # fmt: skip


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.1f}"


def _duration(minutes: float) -> str:
    if math.isnan(minutes):
        return "–"
    if minutes < 1:
        return f"{minutes * SECONDS_PER_MINUTE:.0f} s"
    if minutes < MINUTES_PER_HOUR:
        return f"{minutes:.0f} min"
    return f"{minutes / MINUTES_PER_HOUR:.1f} h"


page()
