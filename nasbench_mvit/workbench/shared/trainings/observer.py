"""TrainingsObserver: what is told of planned trainings while they run."""

from dataclasses import dataclass

from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult
from nasbench_mvit.workbench.shared.observer import Observer


@dataclass(frozen=True, kw_only=True)
class TrainingsProgress:
    """The progress of planned trainings.

    Attributes:
        fraction: fraction of the work that is done.
        num_left: trainings that have not ended.
        seconds_left: at the speed so far, NaN before there is one.
    """

    fraction: float
    num_left: int
    seconds_left: float


@dataclass(frozen=True, kw_only=True)
class EndedTraining:
    """One training that has ended.

    Attributes:
        name: what tells it from the others of its plan.
        metric: name of its score.
        result: what came of it, None where it failed.
        failure: why it failed; empty otherwise.
    """

    name: str
    metric: str
    result: TrainingResult | None
    failure: str = ""


class TrainingsObserver(Observer):
    """Observer of planned trainings."""

    def begin(self, num_left: int) -> None:
        """Receive the number of trainings that are about to run."""

    def progress(self, progress: TrainingsProgress) -> None:
        """A training has reached a part of its budget or its end, or time has passed."""

    def reached(self, name: str, report: FractionReport) -> None:
        """The training of this name has reached a part of its budget."""

    def ended(self, training: EndedTraining) -> None:
        """A training has ended; its progress was told before."""

    def end(self) -> None:
        """No training runs any more, whatever the reason."""
