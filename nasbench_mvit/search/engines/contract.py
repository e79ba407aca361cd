"""The contract between the driver and whatever runs the evaluations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.training.proxy.report import FractionReport, TrainingResult


@dataclass(frozen=True)
class Job:
    """One training to run: a network of a trial with one of its seeds.

    Attributes:
        trial: number of the trial.
        seed: of the training.
        spec: the network.
        rungs: fractions of the budget at which it waits to be told whether it goes on; they are
            among those at which it reports.
    """

    trial: int
    seed: int
    spec: Network
    rungs: tuple[float, ...] = ()


@dataclass(frozen=True)
class Progressed:
    """A job reached a fraction of its budget."""

    job: Job
    report: FractionReport

    @property
    def awaits_answer(self) -> bool:
        """Whether the job stands still until ``Executor.answer``."""
        return self.report.fraction in self.job.rungs


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
        details: for a log: the traceback of an error that nobody foresaw.
    """

    job: Job
    reason: str
    is_final: bool
    details: str = ""


@dataclass(frozen=True)
class Stopped:
    """A job ended at a rung, since it was told to."""

    job: Job


End = Finished | Failed | Stopped
Event = Progressed | End


class Executor(Protocol):
    """Runs jobs side by side; it decides nothing and stores nothing.

    Every job submitted gives exactly one ``End`` as its last event, and then its slot is free.

    At a rung a job's worker sends its report and stands still, computing nothing, until the answer
    is there. So no training passes a rung that it should have ended at, however slow the driver,
    and what a slow driver costs is idle time of that one slot. A training taken up again from its
    checkpoint repeats the reports of its past parts and waits at their rungs once more; whoever
    decided before must answer the same.
    """

    @property
    def slots(self) -> int:
        """Number of jobs that run at once."""
        ...

    def submit(self, job: Job) -> None:
        """Start a job; there must be a free slot."""
        ...

    def answer(self, job: Job, *, goes_on: bool) -> None:
        """Tell a job that waits at a rung to go on or to end, once for each of its rungs.

        A job told to end gives ``Stopped``, or ``Failed`` where its worker died meanwhile; answers
        to a job that has ended already are ignored.
        """
        ...

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """Return what happened, waiting up to ``timeout_s`` seconds for something to happen."""
        ...

    def close(self) -> None:
        """Stop all workers at once; their checkpoints stay."""
        ...
