"""The contract between the driver and whoever shows what it does."""

from typing import Protocol

from nasbench_mvit.search.engines.contract import Event
from nasbench_mvit.search.trials.record import StoredTrial


class Observer(Protocol):
    """Is told what happens, to show it."""

    def resumed(self, trials: list[StoredTrial]) -> None:
        """The store held these trials already."""
        ...

    def event(self, event: Event) -> None:
        """A job made progress or ended."""
        ...

    def trial(self, trial: StoredTrial) -> None:
        """A trial was begun or came to its end."""
        ...

    def tick(self) -> None:
        """Time has passed."""
        ...
