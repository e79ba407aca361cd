"""ProgressBar: shows a study that runs as a bar, in a terminal or a notebook."""

import time
from collections.abc import Callable, Mapping

from rich.console import Console, RenderableType
from rich.live import Live

from nasbench_mvit.search.engines.contract import Event
from nasbench_mvit.search.finalists.record import Final
from nasbench_mvit.search.results.row import Row, trial_title
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Role, StoredTrial, spent
from nasbench_mvit.workbench.shared.trainings.bar import run_bar
from nasbench_mvit.workbench.shared.trainings.progress import FinalWork, RemainingWork, Work
from nasbench_mvit.workbench.shared.words import percent, time_left
from nasbench_mvit.workbench.studies.observer import StudyObserver

REFRESHES_PER_SECOND = 2
MAX_NAMED = 3


class ProgressBar(StudyObserver):
    """Shows how much of a search, and then of its finalists, is done, and the time left.

    Where there is neither a terminal nor a notebook it shows nothing. In a notebook rich needs
    ipywidgets.

    Example:
        >>> from nasbench_mvit.search.study.config import load_study
        >>> from nasbench_mvit.workbench.studies.run import run_study
        >>> _, config = load_study("table_iphone")
        >>> config = config.with_options(trials=8, sampler="random")
        >>> result = run_study(config, run_dir="runs/shown", observer=ProgressBar())
    """

    def __init__(
        self, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Show the bar on ``console``, in a terminal or notebook without one."""
        self._console = console or Console()
        self._clock = clock
        self._bar: _Bar | None = None
        self._search: RemainingWork
        self._work: Work
        self._num_searched = 0
        self._is_search = True  # and not the finalists
        self._num_left = 0  # of the finalists' trainings
        self._titles: dict[int, str] = {}

    def search_began(self, config: StudyConfig, candidates: Candidates) -> None:
        """Start the bar of the search."""
        del candidates
        self._work = self._search = RemainingWork(config, self._clock)
        self._is_search, self._num_searched = True, 0
        self._bar = _Bar("training", self._console, self._shown)

    def resumed(self, trials: list[StoredTrial]) -> None:
        """Count what the store holds already."""
        for trial in trials:
            self._count(trial)
            self._titles[trial.number] = trial_title(trial)
        self._search.start(trials)

    def event(self, event: Event) -> None:
        """Note the progress of a training."""
        self._work.event(event)

    def trial(self, trial: StoredTrial) -> None:
        """Count a trial that has ended."""
        self._count(trial)
        self._search.trial(trial)
        self._titles[trial.number] = trial_title(trial)

    def tick(self) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.update(self._work.fraction(), self._left())

    def search_ended(self) -> None:
        """Stop the bar; its last state stays."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def finalists_began(self, final: Final, rows: Mapping[int, Row]) -> None:
        """Start the bar of the finalists."""
        missing = [trial for trial, _ in final.missing()]
        macs = {trial: row.macs for trial, row in rows.items()}
        self._work = FinalWork(missing, macs, self._clock)
        self._is_search, self._num_left = False, len(missing)
        self._bar = _Bar("finalists", self._console, self._shown)

    def finalist_trained(self, row: Row, seed: int, test_top1: float) -> None:
        """Count a training."""
        del row, seed, test_top1
        self._num_left -= 1

    def finalists_ended(self) -> None:
        """Stop the bar; its last state stays."""
        self.search_ended()

    def _count(self, trial: StoredTrial) -> None:
        self._num_searched += bool(spent([trial])) and trial.record.role is Role.SEARCH

    def _left(self) -> str:
        """Return in words how much is done and left, and how far the running trainings are."""
        parts = [time_left(self._work.seconds_left())]
        if not self._is_search:
            parts.insert(0, f"{self._num_left} to go")
        elif self._search.num_trials:  # else there are baselines and rivals alone
            parts.insert(0, f"{self._num_searched} of {self._search.num_trials} networks")
        running = [
            f"{self._titles.get(job.trial, 'a network')} {percent(fraction, 0)}"
            for job, fraction in sorted(self._work.running().items(), key=lambda item: -item[1])
        ]
        more = [f"{len(running) - MAX_NAMED} more"] if len(running) > MAX_NAMED else []
        if running:
            parts.append(f"in training: {', '.join(running[:MAX_NAMED] + more)}")
        return ", ".join(parts)

    def _shown(self, bar: RenderableType) -> RenderableType:
        """Return the bar with what a subclass shows beside it."""
        return bar


class _Bar:
    """One bar, live where the console is a terminal or a notebook."""

    def __init__(
        self, title: str, console: Console, shown: Callable[[RenderableType], RenderableType]
    ) -> None:
        """Start it; ``shown`` returns what is displayed of it."""
        self._progress = run_bar(console)
        self._task = self._progress.add_task(title, total=1.0, left="")
        self._live = Live(
            get_renderable=lambda: shown(self._progress),
            console=console,
            refresh_per_second=REFRESHES_PER_SECOND,
        )
        self._is_live = console.is_terminal or console.is_jupyter
        if self._is_live:
            self._live.start()

    def update(self, fraction: float, left: str) -> None:
        """Move it to a fraction of the work, with a text of what is left."""
        self._progress.update(self._task, completed=fraction, left=left)

    def stop(self) -> None:
        """Leave its last state; where it is not live nothing is printed."""
        if self._is_live:
            self._live.stop()
