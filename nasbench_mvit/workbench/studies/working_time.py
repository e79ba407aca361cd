"""The time in which the trials of a search ran; pauses between two search commands are left out."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from nasbench_mvit.search.readers.sqlite import Reading
from nasbench_mvit.search.readers.sqlite_rows import TrialTimes
from nasbench_mvit.search.trials.record import State
from nasbench_mvit.workbench.studies.progress.trial_logs import TAKEN_UP, log_of

_LINE = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\S* (.*)$", re.MULTILINE)

Interval = tuple[datetime, datetime]


class WorkingTime:
    """The union of the intervals in which trials ran, in UTC without a time zone.

    A trial runs from its beginning to its end; where a search was interrupted, only up to the last
    line of its log, and again from the line that says it was taken up. Without a log, which is on
    the machine of the search, an interruption counts as work.
    """

    def __init__(self, reading: Reading, run_dir: Path) -> None:
        """Take the trials of a study as it was read, and their logs in ``run_dir``."""
        written = reading.state.last_write.replace(tzinfo=None)
        self._intervals = _united(
            [
                interval
                for trial in reading.trials
                for interval in _intervals(
                    trial.state, reading.times[trial.number], log_of(run_dir, trial.number), written
                )
            ]
        )

    def seconds(self, moment: datetime) -> float:
        """Return the seconds up to a moment in which a trial ran, 0 before the first."""
        return sum(
            (min(end, moment) - start).total_seconds()
            for start, end in self._intervals
            if start < moment
        )


def _intervals(state: State, times: TrialTimes, log: Path, written: datetime) -> Iterator[Interval]:
    """Yield the intervals in which a trial ran; that of one that runs has no end."""
    start = last = times.started
    lines = _lines(log)
    for moment, text in lines:
        if text == TAKEN_UP:
            yield start, last
            start = moment
        last = max(last, moment)
    if times.ended is not None:
        yield start, times.ended
    elif state is State.PAUSED:
        yield start, last if lines else max(start, written)
    else:
        yield start, datetime.max  # noqa: DTZ901 - as a store has times


def _lines(log: Path) -> list[tuple[datetime, str]]:
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [(datetime.fromisoformat(time), said) for time, said in _LINE.findall(text)]


def _united(intervals: Sequence[Interval]) -> list[Interval]:
    """Return disjoint intervals that cover the same time."""
    united: list[Interval] = []
    for start, end in sorted(intervals):
        if united and start <= united[-1][1]:
            united[-1] = united[-1][0], max(end, united[-1][1])
        else:
            united.append((start, end))
    return united
