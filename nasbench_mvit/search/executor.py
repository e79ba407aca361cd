"""The contract between the driver and whatever runs the evaluations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.training.report import FractionReport, TrainingResult


@dataclass(frozen=True)
class Job:
    """One training to run: a network of a trial with one of its seeds."""

    trial: int
    seed: int
    spec: Network


@dataclass(frozen=True)
class Progressed:
    """A job reached a fraction of its budget."""

    job: Job
    report: FractionReport


@dataclass(frozen=True)
class Finished:
    """A job ended with a result."""

    job: Job
    result: TrainingResult


@dataclass(frozen=True)
class Failed:
    """A job ended without a result.

    Attributes:
        job: the job.
        reason: in words.
        is_final: the network itself is at fault, as when its loss diverged; otherwise the
            machine is (memory, disk, a killed worker) and another try may succeed.
    """

    job: Job
    reason: str
    is_final: bool


Event = Progressed | Finished | Failed


class Executor(Protocol):
    """Runs jobs side by side; it decides nothing and stores nothing."""

    @property
    def slots(self) -> int:
        """Number of jobs that run at once."""
        ...

    def submit(self, job: Job) -> None:
        """Start a job; there must be a free slot."""
        ...

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """Return what happened, waiting up to ``timeout_s`` seconds for something to happen."""
        ...

    def close(self) -> None:
        """Stop all workers at once; their checkpoints stay."""
        ...
