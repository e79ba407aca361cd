"""SearchConsole: shows a running study in the terminal."""

import time
from collections.abc import Callable

from rich.console import Console, Group, RenderableType

from nasbench_mvit.cli.search.results import print_findings
from nasbench_mvit.cli.shared.console import ConsoleNotes, fitting_table
from nasbench_mvit.search.reports.text import readable_rows
from nasbench_mvit.search.results.summary import Row, Summary, summarise, trial_title
from nasbench_mvit.search.study.config import SURROGATE, StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import State, StoredTrial, answered, spent
from nasbench_mvit.workbench.shared.words import percent
from nasbench_mvit.workbench.studies.findings import Findings
from nasbench_mvit.workbench.studies.progress_bar import ProgressBar

MAX_FRONT_ROWS = 8
MAX_KEPT = 200
PERCENT = 100.0


class SearchConsole(ConsoleNotes, ProgressBar):
    """Prints notes and results; meanwhile shows the bar and the front so far.

    In a terminal that is a live view; elsewhere, as in a log, a line for every network that has
    ended and for every training of a finalist.
    """

    has_bar = True
    _config: StudyConfig
    _candidates: Candidates
    _best: list[StoredTrial]

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        """Show it on ``console``; ``clock`` returns seconds."""
        ConsoleNotes.__init__(self, console, clock)
        ProgressBar.__init__(self, console, clock)

    def search_began(self, config: StudyConfig, candidates: Candidates) -> None:
        """Start the live view."""
        self._config, self._candidates, self._best = config, candidates, []
        super().search_began(config, candidates)

    def resumed(self, trials: list[StoredTrial]) -> None:
        """Take over what the store holds already."""
        super().resumed(trials)
        for trial in trials:
            self._keep(trial)
        if trials:
            known = len(spent(trials))
            self._console.print(f"going on with a run that holds {known} finished networks")

    def trial(self, trial: StoredTrial) -> None:
        """Note a trial and, where there is no live view, print its end."""
        super().trial(trial)
        self._keep(trial)
        if trial.state is State.FAILED:
            self._console.print(f"trial {trial.number} failed: {trial.record.failure}")
        if trial.record.duplicate_of is not None:
            return
        if trial.state is State.STOPPED:
            self._print_line(f"{trial_title(trial)}: {trial.record.reason()}")
        if trial.state is State.COMPLETE:
            record = trial.record
            self._print_line(
                f"{trial_title(trial)}: {self._top1()} {record.top1() * PERCENT:.1f} %, "
                f"{record.latency.ms:.2f} ms {record.latency.kind}"
            )

    def tick(self) -> None:
        """Move the bar; in a log print a line of progress now and then."""
        super().tick()
        self.note_now_and_then(f"{percent(self._work.fraction())} of the trainings; {self._left()}")

    def reported(self, findings: Findings) -> None:
        """Print what the search has found."""
        print_findings(self._console, findings)

    def finalist_trained(self, row: Row, seed: int, test_top1: float) -> None:
        """Print the end of a training where there is no live view."""
        super().finalist_trained(row, seed, test_top1)
        self._print_line(f"{row.name}, seed {seed}: test top-1 {test_top1 * PERCENT:.1f} %")

    def finalist_failed(self, row: Row, seed: int, reason: str) -> None:
        """Print why a training failed."""
        self._console.print(f"{row.name}, seed {seed} failed: {reason}")

    def _print_line(self, line: str) -> None:
        """Print a line with the time left where there is no live view."""
        if not self._console.is_terminal:
            self.note(f"{line}; {self._left()}")

    def _keep(self, trial: StoredTrial) -> None:
        """Keep a network that may be on the front.

        What is kept does not grow with the study, since all of it is looked at twice a second.
        """
        self._best += answered([trial])
        if len(self._best) > MAX_KEPT:
            front = {row.trial for row in self._summary().front}
            self._best = [best for best in self._best if best.number in front]

    def _summary(self) -> Summary:
        return summarise(self._best, self._config, self._candidates)

    def _top1(self) -> str:
        return "estimated proxy top-1" if self._config.evaluator == SURROGATE else "proxy top-1"

    def _shown(self, bar: RenderableType) -> RenderableType:
        """Return the bar, with the front so far while the search runs."""
        return Group(bar, self._front()) if self._is_search else bar

    def _front(self) -> RenderableType:
        summary = self._summary()
        rows = readable_rows(summary.front[:MAX_FRONT_ROWS], summary)
        return fitting_table(self._console, "front so far", rows)[0]
