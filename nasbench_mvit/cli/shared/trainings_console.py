"""TrainingsConsole: planned trainings on a terminal."""

import time
from collections.abc import Callable

from rich.console import Console

from nasbench_mvit.cli.shared.console import ConsoleNotes
from nasbench_mvit.workbench.shared.trainings.bar import run_bar
from nasbench_mvit.workbench.shared.trainings.observer import (
    EndedTraining,
    TrainingsObserver,
    TrainingsProgress,
)
from nasbench_mvit.workbench.shared.words import percent, time_left

PERCENT = 100.0


class TrainingsConsole(ConsoleNotes, TrainingsObserver):
    """Shows trainings: a bar on a terminal, elsewhere a line for each that ends."""

    has_bar = True

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        """Show them on ``console``; ``clock`` returns seconds."""
        super().__init__(console, clock)
        self._left = ""
        self._progress = run_bar(console)
        self._task = self._progress.add_task("trainings", total=1.0, left="")

    def begin(self, num_left: int) -> None:
        """Start the bar."""
        if self._console.is_terminal and num_left:
            self._progress.update(self._task, completed=0.0, left="")
            self._progress.start()

    def progress(self, progress: TrainingsProgress) -> None:
        """Move the bar."""
        self._left = f"{progress.num_left} to go"
        if progress.num_left:
            self._left += f", {time_left(progress.seconds_left)}"
        self._progress.update(self._task, completed=progress.fraction, left=self._left)
        self.note_now_and_then(f"{percent(progress.fraction)} of the trainings; {self._left}")

    def ended(self, training: EndedTraining) -> None:
        """Print why a training failed and, where there is no bar, what came of it."""
        if training.result is None:
            self.note(f"{training.name} failed: {training.failure}")
        elif not self._console.is_terminal:
            self.note(
                f"{training.name}: {training.metric} {training.result.top1 * PERCENT:.1f} % in "
                f"{training.result.cpu_seconds:.0f} core-seconds; {self._left}"
            )

    def end(self) -> None:
        """Leave the last state of the bar on the terminal."""
        if self._console.is_terminal:  # elsewhere it would print an empty line
            self._progress.stop()
