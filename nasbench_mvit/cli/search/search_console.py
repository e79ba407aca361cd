"""SearchConsole: shows a running study in the terminal."""

import time
from collections.abc import Callable

from rich.console import Console, Group, RenderableType

from nasbench_mvit.cli.shared.console import ConsoleNotes, fitting_table, print_parts
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.workbench.shared.words import percent
from nasbench_mvit.workbench.studies.observer import Candidates, Findings, Row, State, StoredTrial
from nasbench_mvit.workbench.studies.progress.bar import ProgressBar
from nasbench_mvit.workbench.studies.progress.front_so_far import FrontSoFar
from nasbench_mvit.workbench.studies.text import findings_text

MAX_FRONT_ROWS = 8


class SearchConsole(ConsoleNotes, ProgressBar):
    """Prints notes and results; meanwhile shows the bar and the front so far.

    In a terminal that is a live view; elsewhere, as in a log, a line for every network that has
    ended and for every training of a finalist.
    """

    has_bar = True
    _so_far: FrontSoFar

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        """Show it on ``console``; ``clock`` returns seconds."""
        ConsoleNotes.__init__(self, console, clock)
        ProgressBar.__init__(self, console, clock)

    def search_began(self, config: StudyConfig, candidates: Candidates) -> None:
        """Start the live view."""
        self._so_far = FrontSoFar(config, candidates)
        super().search_began(config, candidates)

    def resumed(self, trials: list[StoredTrial]) -> None:
        """Take over what the store holds already."""
        super().resumed(trials)
        for trial in trials:
            self._so_far.add(trial)
        if trials:
            known = self._so_far.num_finished
            self._console.print(f"going on with a run that holds {known} finished networks")

    def trial(self, trial: StoredTrial) -> None:
        """Note a trial and, where there is no live view, print its end."""
        super().trial(trial)
        self._so_far.add(trial)
        if trial.state is State.FAILED:
            self.note(f"trial {trial.number} failed: {trial.record.failure}")
        if end := self._so_far.end_of(trial):
            self._print_line(end)

    def tick(self) -> None:
        """Move the bar; in a log print a line of progress now and then."""
        super().tick()
        self.note_now_and_then(f"{percent(self._work.fraction())} of the trainings; {self._left()}")

    def reported(self, findings: Findings) -> None:
        """Print what the search has found."""
        print_parts(self._console, findings_text(findings))

    def finalist_trained(self, row: Row, seed: int, test_top1: float) -> None:
        """Print the end of a training where there is no live view."""
        super().finalist_trained(row, seed, test_top1)
        self._print_line(f"{row.name}, seed {seed}: test top-1 {percent(test_top1)}")

    def finalist_failed(self, row: Row, seed: int, reason: str) -> None:
        """Print why a training failed."""
        self.note(f"{row.name}, seed {seed} failed: {reason}")

    def _print_line(self, line: str) -> None:
        """Print a line with the time left where there is no live view."""
        if not self._console.is_terminal:
            self.note(f"{line}; {self._left()}")

    def _shown(self, bar: RenderableType) -> RenderableType:
        """Return the bar, with the front so far while the search runs."""
        return Group(bar, self._front()) if self._is_search else bar

    def _front(self) -> RenderableType:
        rows = self._so_far.rows(MAX_FRONT_ROWS)
        return fitting_table(self._console, "front so far", rows)[0]
