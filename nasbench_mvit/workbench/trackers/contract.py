"""What a tracker is: it opens runs, which have parameters, and take points of curves and files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Value = str | int | float | bool


class Run(Protocol):
    """A run that is open. Any call may raise whatever the tracker's library raises.

    Attributes:
        id: what opens the run again.
        link: where a person finds it: a URL, a folder or a command.
        known: steps of the points that its curves had when it was opened again; empty of trackers
            that do not say.
    """

    id: str
    link: str
    known: Mapping[str, set[int]]

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        """Take the points of some curves at one step."""
        ...

    def file(self, path: Path) -> None:
        """Take a file as an artefact; an earlier one of its name is replaced."""
        ...

    def close(self, *, failed: bool) -> None:
        """End the run."""
        ...


@dataclass(frozen=True, kw_only=True)
class RunName:
    """The name of a run: that of a whole, or of a part of it.

    Attributes:
        whole: name of the study, the ablation or the training.
        part: "trial 3" of a study or the training of an ablation; empty for the whole.
    """

    whole: str
    part: str = ""

    def __str__(self) -> str:
        """Return the name for people."""
        return f"{self.whole} {self.part}".rstrip()


def trial_part(number: int) -> str:
    """Return the name of the part of a study that is a trial."""
    return f"trial {number}"


class Tracker(Protocol):
    """Opens runs in one place."""

    def open(
        self, name: RunName, params: Mapping[str, Value], known: str | None, whole: Run | None
    ) -> Run:
        """Return a run.

        Args:
            name: its name.
            params: its parameters.
            known: id of the run to continue; None for a new one.
            whole: run of the whole, for one of its parts.
        """
        ...
