"""The terminal of a running measurement."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from nasbench_mvit.cli.shared.console import ConsoleNotes
from nasbench_mvit.errors import counted
from nasbench_mvit.workbench.measurements.observer import (
    Block,
    Measurement,
    MeasurementObserver,
    MeasurementProgress,
    MeasurementStart,
    TimingJob,
    TimingRole,
    network_title,
)


class MeasureConsole(ConsoleNotes, MeasurementObserver):
    """Shows what is measured.

    On a terminal a bar with the time left; elsewhere, as in a log, a line for every block.
    """

    has_bar = True

    def __init__(self, console: Console) -> None:
        """Print on ``console``."""
        super().__init__(console)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("measuring")

    def __enter__(self) -> Self:
        """Show the bar once the measurement has started."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last state on the terminal."""
        if self._bar.live.is_started:
            self._bar.stop()

    def draw(self, text: str) -> None:
        """Print a picture made of characters, white on black."""
        self._console.print(text, style="bright_white on black", no_wrap=True)

    def started(self, start: MeasurementStart) -> None:
        """Print what is measured and show the bar."""
        self._console.print(
            f"target: {start.target}\n{counted(start.num_networks, 'network')}, visited "
            f"{start.passes} "
            f"times each; {start.visits} of {start.total} visits are done\n"
            f"their files take up to {start.model_bytes / 1e9:.1f} GB in {start.models} until "
            "measured"
        )
        self._bar.update(self._task, total=start.total, completed=start.visits)
        self._bar.start()

    def measured(self, measurement: Measurement) -> None:
        """Show the latest time."""
        where = f"pass {measurement.pass_number}, block {measurement.block}"
        name = measurement.spec_id if measurement.role is TimingRole.CANDIDATE else "reference"
        text = f"{where}: {name} {measurement.p10_ms:.2f} ms"
        self._bar.update(self._task, description=text)
        self.note_now_and_then(text)

    def failed(self, job: TimingJob, reason: str) -> None:
        """Print why a network could not be timed."""
        self._console.print(f"{network_title(job.spec)} failed: {reason}")

    def ended(self, block: Block, progress: MeasurementProgress) -> None:
        """Move the bar; the rejection of a block is always printed."""
        self._bar.update(self._task, completed=progress.visits)
        where = f"block {block.number} of pass {block.pass_number}"
        if block.rejection is not None:
            self._console.print(f"{where} is rejected and repeated: {block.rejection}")
        elif not self._console.is_terminal:
            self.note(
                f"{where}: {counted(len(block.candidates), 'network')}; {progress.visits} of "
                f"{progress.total} visits"
            )
