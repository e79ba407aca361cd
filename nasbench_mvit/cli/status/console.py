"""The state of a search as text."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from rich.console import Console

from nasbench_mvit.cli.shared.console import print_parts, print_table
from nasbench_mvit.errors import counted
from nasbench_mvit.workbench.exploration.sections import next_step
from nasbench_mvit.workbench.shared.words import duration, is_known, time_left
from nasbench_mvit.workbench.studies.progress.study_progress import (
    StudyProgress,
    progress_of,
    running_now,
)
from nasbench_mvit.workbench.studies.progress.trial_logs import LOGS
from nasbench_mvit.workbench.studies.study import SECONDS_PER_MINUTE, Study
from nasbench_mvit.workbench.studies.text import cautions_text, counts_text, summary_text

MAX_SHOWN = 10


def show(console: Console, study: Study, run_dir: Path) -> None:
    """Print a study: its progress, its front, its running trials and its failures.

    Args:
        console: where.
        study: as it was read.
        run_dir: run directory of the search, for its logs.
    """
    now = datetime.now(UTC)
    progress = progress_of(study, now)
    console.print(f"study {study.name} in {study.place}: {study.config.description}")
    for line in _lines(progress, now):
        console.print(line)
    print_parts(console, summary_text(study.summary, study.latency_title))
    running = running_now(study)
    if not running.empty:
        running["began"] = running.began.dt.strftime("%Y-%m-%d %H:%M UTC")
        more = len(running) - MAX_SHOWN
        title = f"running, the first {MAX_SHOWN} of {len(running)}" if more > 0 else "running"
        print_table(console, title, running.head(MAX_SHOWN))
    for line in _reasons(study.failures):
        console.print(line)
    print_parts(console, cautions_text(study.cautions))
    if (run_dir / LOGS).is_dir():
        console.print(f"what each trial went through: {run_dir / LOGS}")
    step = next_step(study)
    console.print(f"next: {step.command}\n{' '.join(step.said)}.")


def _lines(progress: StudyProgress, now: datetime) -> Iterator[str]:
    """Yield progress, counts and the time of the last write in words."""
    left = (
        "the budget is spent"
        if progress.is_done
        else time_left(progress.minutes_left * SECONDS_PER_MINUTE)
    )
    line = f"{progress.trained:,} of {progress.budget:,} networks"
    if is_known(progress.minutes):
        line += f" in {duration(progress.minutes * SECONDS_PER_MINUTE)}"
    if is_known(progress.networks_per_hour):
        line += f", {progress.networks_per_hour:,.1f} an hour lately"
    yield f"{line}; {left}"
    yield counts_text(progress.counts)
    if paused := progress.counts.get("paused"):
        them = "it" if paused == 1 else "them"
        yield f"{paused:,} paused: the same search command goes on with {them}"
    silent_s = max(0.0, (now - progress.last_write).total_seconds())
    yield f"the store was last written {duration(silent_s)} ago"


def _few(numbers: list[int]) -> str:
    more = len(numbers) - MAX_SHOWN
    shown = ", ".join(map(str, numbers[:MAX_SHOWN]))
    return f"{shown} and {more} more" if more > 0 else shown


def _reasons(found: pd.DataFrame) -> Iterator[str]:
    """Yield the reasons why trials were not trained to their end, the most frequent first."""
    for row in found.head(MAX_SHOWN).to_dict("records"):
        yield f"{row['trials']} {row['outcome']} (trial {_few(row['numbers'])}): {row['reason']}"
    if (more := len(found) - MAX_SHOWN) > 0:
        yield f"and {counted(more, 'more reason')}"
