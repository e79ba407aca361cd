"""The terminal of a running measurement."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from nasbench_mvit.latency.records.blocks import Block
from nasbench_mvit.latency.records.job import Job
from nasbench_mvit.latency.records.protocol import MeasurementProtocol
from nasbench_mvit.latency.records.record import Measurement, Role


class MeasureConsole:
    """Shows what is measured; an ``Observer``.

    On a terminal a bar with the time left; elsewhere, as in a log, a line for every block.
    """

    def __init__(self, protocol: MeasurementProtocol, console: Console) -> None:
        """Show the progress of ``protocol`` on ``console``."""
        self._protocol = protocol
        self._console = console
        progress = protocol.progress()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(
            "measuring", total=progress.total, completed=progress.visits
        )

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last state on the terminal."""
        self._bar.stop()

    def measured(self, measurement: Measurement) -> None:
        """Show the latest time."""
        name = "reference" if measurement.role is Role.REFERENCE else measurement.spec_id
        where = f"pass {measurement.pass_number}, block {measurement.block}"
        self._bar.update(self._task, description=f"{where}: {name} {measurement.p10_ms:.2f} ms")

    def failed(self, job: Job, reason: str) -> None:
        """Print why a network could not be timed."""
        self._console.print(f"network {job.spec.id} failed: {reason}")

    def ended(self, block: Block) -> None:
        """Move the bar; a rejected block is always told."""
        progress = self._protocol.progress()
        self._bar.update(self._task, completed=progress.visits)
        where = f"block {block.number} of pass {block.pass_number}"
        if block.rejection is not None:
            self._console.print(f"{where} is rejected and repeated: {block.rejection}")
        elif not self._console.is_terminal:
            self._console.print(
                f"{where}: {len(block.candidates)} networks; {progress.visits} of {progress.total} "
                "visits"
            )
