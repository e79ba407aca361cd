"""The contract between the driver and the display of its progress."""

from typing import Protocol

from nasbench_mvit.search.engines.contract import Event
from nasbench_mvit.search.trials.record import StoredTrial


class DriverObserver(Protocol):
    """Receives the progress of a driver, to show it."""

    def resumed(self, trials: list[StoredTrial]) -> None:
        """Show the trials that the store held already."""
        ...

    def event(self, event: Event) -> None:
        """Show that a job made progress or ended."""
        ...

    def trial(self, trial: StoredTrial) -> None:
        """Show that a trial began or ended."""
        ...

    def note(self, text: str) -> None:
        """Show a line that describes what is unusual."""
        ...

    def tick(self) -> None:
        """Refresh the display; called regularly."""
        ...
