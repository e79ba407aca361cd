"""Trackers by name: "mlflow:URI", "tensorboard:DIR", "wandb:PROJECT", "trackio:PROJECT"."""

import importlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nasbench_mvit.errors import TrackerError, check_types, unknown
from nasbench_mvit.workbench.trackers.contract import Tracker

#: The class of each tracker, which loads its library when it is made.
HOMES = {
    "mlflow": "MlflowTracker",
    "tensorboard": "TensorBoardTracker",
    "trackio": "TrackioTracker",
    "wandb": "WandbTracker",
}
FORMS = "mlflow:URI, tensorboard:DIR, wandb:PROJECT or trackio:PROJECT"
_USER = re.compile(r"//[^/@]*@")


@dataclass(frozen=True)
class TrackerName:
    """The name of a tracker.

    Attributes:
        kind: one of ``HOMES``.
        place: URI, folder or project; a URI may hold a password.
    """

    kind: str
    place: str

    @classmethod
    def of(cls, text: str) -> "TrackerName":
        """Return the tracker that a text names.

        Raises:
            TrackerError: it names no tracker, or no place of one.
        """
        kind, _, place = text.partition(":")
        if kind not in HOMES:
            raise TrackerError(f"{unknown('tracker', kind, HOMES)} Write {FORMS}.")
        if not place.strip():
            raise TrackerError(f"tracker '{text}' names no place to write to. Write {FORMS}.")
        return cls(kind, place)

    def __str__(self) -> str:
        """Return the name without a password."""
        return f"{self.kind}:{without_user(self.place)}"

    def connect(self) -> Tracker:
        """Return the tracker.

        Raises:
            TrackerError: its library is missing, or it cannot be used.
        """
        module = importlib.import_module(f"{__package__}.{self.kind}")
        try:
            tracker: Tracker = getattr(module, HOMES[self.kind])(self.place)
        except ImportError as problem:
            raise TrackerError(
                f"`track=` {self} needs the library of that name ({problem}). It comes with the "
                f"extra '{self.kind}': pip install 'nasbench-mvit[{self.kind}]', or from a clone "
                f"pip install '.[{self.kind}]'. Or leave the tracker out."
            ) from None
        except Exception as problem:
            raise self.unusable(problem) from problem
        return tracker

    def unusable(self, problem: Exception) -> TrackerError:
        """Return the error of a tracker that does not work from the start."""
        return TrackerError(
            f"`track=` {self} cannot be used: {first_line(problem)}. Correct it, or leave it out."
        )


#: Trackers that are connected, with their names.
Connected = Sequence[tuple[TrackerName, Tracker]]


def connected(names: Iterable[TrackerName]) -> Connected:
    """Return the trackers of some names.

    Raises:
        TrackerError: one cannot be used.
    """
    return [(name, name.connect()) for name in names]


def tracker_names(track: Sequence[str]) -> list[TrackerName]:
    """Return the trackers that texts name, each once.

    Raises:
        TrackerError: one names none.
    """
    check_types(track, str, f"`track=` must be a list of texts, {FORMS}", TrackerError)
    return list(dict.fromkeys(TrackerName.of(text) for text in track))


def first_line(problem: BaseException) -> str:
    """Return the first line of an error, without a password."""
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    return without_user(lines[0].rstrip("."))


def without_user(text: str) -> str:
    """Return a text without the users and passwords of the URLs in it."""
    return _USER.sub("//", text)
