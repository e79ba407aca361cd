"""The terminal of a running search: a bar with the time left and the front so far."""

import time
from collections.abc import Callable
from typing import Self

import pandas as pd
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from nasbench_mvit.search.engines.contract import Event
from nasbench_mvit.search.results.summary import Summary, summarise, trial_title
from nasbench_mvit.search.study.config import SURROGATE, StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Role, State, StoredTrial, answered, spent
from nasbench_mvit.workbench.shared.progress import RemainingWork, duration

MAX_FRONT_ROWS = 8
MAX_KEPT = 200
PERCENT = 100.0


def plain_console() -> Console:
    """Return the terminal as commands write to it: a user's text is text, no markup."""
    return Console(soft_wrap=True, markup=False, emoji=False)


def print_table(console: Console, title: str, rows: pd.DataFrame) -> None:
    """Print rows of text under a title."""
    table = Table(title=title, title_justify="left")
    for column in rows.columns:
        table.add_column(column, no_wrap=True)
    for row in rows.itertuples(index=False):
        table.add_row(*map(str, row))
    console.print(table)


class SearchConsole:
    """Shows the events of a driver; an ``Observer``.

    On a terminal a live view; elsewhere, as in a log, one line for every finished network.
    """

    def __init__(
        self,
        config: StudyConfig,
        candidates: Candidates,
        console: Console,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Show the study ``config`` over ``candidates`` on ``console``."""
        self._config = config
        self._top1 = "estimated proxy top-1" if config.evaluator == SURROGATE else "proxy top-1"
        self._candidates = candidates
        self._work = RemainingWork(config, clock)
        self._best: list[StoredTrial] = []
        self._num_searched = 0
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
        )
        self._task = self._progress.add_task("training", total=1.0, left="")
        self._live = Live(get_renderable=self._view, console=console, refresh_per_second=2)

    def __enter__(self) -> Self:
        """Start the live view."""
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last state on the terminal."""
        self._live.stop()

    def resumed(self, trials: list[StoredTrial]) -> None:
        """Count what the store holds already."""
        for trial in trials:
            self._note(trial)
        if trials:
            known = len(spent(trials))
            self._console.print(f"going on with a run that holds {known} finished networks")
        self._work.start(trials)

    def event(self, event: Event) -> None:
        """Move the bar."""
        self._work.event(event)

    def trial(self, trial: StoredTrial) -> None:
        """Note a trial and, where there is no live view, print its end."""
        self._note(trial)
        self._work.trial(trial)
        if trial.state is State.FAILED:
            self._console.print(f"trial {trial.number} failed: {trial.record.failure}")
        if trial.state is State.STOPPED and trial.record.duplicate_of is None:
            self._say(f"{trial_title(trial)}: {trial.record.reason()}; {self._left()}")
        is_answer = trial.state is State.COMPLETE and trial.record.duplicate_of is None
        if is_answer:
            self._say(self._line(trial))

    def _note(self, trial: StoredTrial) -> None:
        """Count a network that has ended, and keep it if it may be on the front.

        What is kept does not grow with the study, since all of it is looked at twice a second.
        """
        if not (ended := spent([trial])):
            return
        self._num_searched += trial.record.role is Role.SEARCH
        self._best += answered(ended)
        if len(self._best) > MAX_KEPT:
            front = {row.trial for row in self._summary().front}
            self._best = [best for best in self._best if best.number in front]

    def _summary(self) -> Summary:
        return summarise(self._best, self._config, self._candidates)

    def _say(self, line: str) -> None:
        """Print a line where there is no live view."""
        if not self._console.is_terminal:
            self._console.print(line)

    def tick(self) -> None:
        """Refresh the time left."""
        self._progress.update(
            self._task,
            completed=self._work.fraction(),
            left=self._left(),
        )

    def _counts(self) -> str:
        return f"{self._num_searched} of {self._work.num_trials} networks"

    def _line(self, trial: StoredTrial) -> str:
        record = trial.record
        return (
            f"{trial_title(trial)}: {self._top1} {record.top1() * PERCENT:.1f} %"
            f", {record.latency.ms:.2f} ms {record.latency.kind}; {self._left()}"
        )

    def _left(self) -> str:
        return f"{self._counts()}, {duration(self._work.seconds_left())} left"

    def _view(self) -> RenderableType:
        return Group(self._progress, self._front())

    def _front(self) -> Table:
        table = Table("front so far", f"{self._top1}, %", "latency, ms", "params, M", box=None)
        for row in self._summary().front[:MAX_FRONT_ROWS]:
            table.add_row(
                row.name,
                f"{row.top1 * PERCENT:.1f}",
                f"{row.latency_ms:.2f} {row.latency_kind}",
                f"{row.params / 1e6:.2f}",
            )
        return table
