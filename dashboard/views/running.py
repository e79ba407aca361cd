"""A search while it runs: progress, speed, time left, learning curves, and what failed."""

import math
from datetime import UTC, datetime

import pandas as pd
import share
import streamlit as st
from chosen import REFRESH_S, one_study
from show import caption, code, draw, heading, info, numbers, table

from nasbench_mvit.figures import page as html
from nasbench_mvit.figures.curves import curves_figure
from nasbench_mvit.figures.endings import endings_figure
from nasbench_mvit.workbench.exploration.growth import endings
from nasbench_mvit.workbench.exploration.sections import next_step
from nasbench_mvit.workbench.studies.progress.live_curves import live_curves
from nasbench_mvit.workbench.studies.progress.study_progress import (
    StudyProgress,
    progress_of,
    running_now,
)
from nasbench_mvit.workbench.studies.study import SECONDS_PER_MINUTE, Study

MINUTES_PER_HOUR = 60


def page() -> None:
    _, study = one_study()
    progress = progress_of(study)
    trained = f"{progress.trained:,} of {progress.budget:,} networks trained"
    st.progress(progress.share, trained)
    share.add(lambda: html.paragraph(trained))
    pace(study)
    since_last_write(progress)
    ended = endings(study)
    if ended.empty:
        info("No trial has ended yet.")
    else:
        draw(endings_figure(ended), "endings", alt="Trials ended over time, by outcome")
    heading("Running now")
    now = running_now(study)
    if now.empty:
        info("No trial is running.")
    else:
        table(in_zone(now), "running")
        learning(study)
    if paused := progress.counts.get("paused"):
        are, them = ("trial is", "it") if paused == 1 else ("trials are", "them")
        info(f"{paused:,} {are} paused: the next search goes on with {them}.")
    if not progress.is_done:
        caption("Where no search is running, this goes on with it:")
        code(next_step(study).command)
    what_failed(study)


def in_zone(now: pd.DataFrame) -> pd.DataFrame:
    """Return the trials that run with their times in the reader's time zone, which is named."""
    zone = st.context.timezone or "UTC"
    began = now.began.dt.tz_convert(zone).dt.strftime("%d %b %Y, %H:%M:%S")
    return now.drop(columns="began").assign(**{f"began ({zone})": began})


@st.fragment(run_every=REFRESH_S)
def pace(study: Study) -> None:
    """Show speed, time left and the trials by outcome."""
    progress = progress_of(study)
    shown = {
        "networks an hour": _number(progress.networks_per_hour),
        "left": "done" if progress.is_done else _duration(progress.minutes_left),
        "so far": _duration(progress.minutes),
        **{state: f"{count:,}" for state, count in progress.counts.items()},
    }
    numbers(shown)


@st.fragment(run_every=1)
def since_last_write(progress: StudyProgress) -> None:
    """Show the time since the store was last written."""
    seconds = max(0.0, (datetime.now(UTC) - progress.last_write).total_seconds())
    caption(f"The store was last written {_duration(seconds / SECONDS_PER_MINUTE)} ago.")


@st.fragment(run_every=REFRESH_S)
def learning(study: Study) -> None:
    """Show the learning curves of the trials that run, as they grow."""
    curves = live_curves(study)
    if curves.empty:
        info("No training has reported yet; of one on another machine there is what its rungs saw.")
        return
    figure = curves_figure(curves, study.summary.score)
    draw(figure, "live", alt="Score so far of each training that runs")


def what_failed(study: Study) -> None:
    """Show why trials failed, were stopped or rejected, and what each said."""
    heading("Failed, stopped and rejected")
    reasons = study.failures
    table(reasons, "failures", none="No trial has failed, was stopped or rejected.")
    if reasons.empty:
        return
    with st.expander("What each trial said"):
        told = study.trials[study.trials.reason != ""]
        code("\n".join(f"trial {trial}: {' '.join(str(reason).split())}" for trial, reason in
                          zip(told.trial, told.reason, strict=True)),
                height=300)  # fmt: skip


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
