"""The contract between the driver and the engines that run the evaluations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult


@dataclass(frozen=True)
class Job:
    """One training to run: a network of a trial with one of its seeds.

    Attributes:
        trial: number of the trial.
        seed: seed of the training.
        spec: the network.
        rungs: fractions of the budget at which it waits for a decision whether to continue, among
            those at which it reports.
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
        """Whether the job waits until ``Executor.answer``."""
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
        reason: the cause, for the user.
        is_final: whether the network itself is at fault, as when its loss diverged; otherwise the
            machine is (memory, disk, a killed worker) and another attempt may succeed.
        details: traceback of an unexpected error, for a log.
    """

    job: Job
    reason: str
    is_final: bool
    details: str = ""


@dataclass(frozen=True)
class Stopped:
    """A job was stopped at a rung."""

    job: Job


End = Finished | Failed | Stopped
Event = Progressed | End


class Executor(Protocol):
    """Runs jobs concurrently; it decides nothing and stores nothing.

    Every submitted job yields exactly one ``End`` as its last event, which frees its slot.

    At a rung a job's worker sends its report and blocks until the answer arrives. So no training
    passes a rung at which it should have stopped, however slow the driver is, and a slow driver
    costs only idle time of that slot. A training that resumes from its checkpoint repeats the
    reports of its past parts and waits at their rungs again; the driver must give the same answers.
    """

    @property
    def slots(self) -> int:
        """Number of jobs that can run at once."""
        ...

    def submit(self, job: Job) -> None:
        """Start a job in a free slot, which must exist."""
        ...

    def answer(self, job: Job, *, goes_on: bool) -> None:
        """Let a job that waits at a rung continue or stop, once for each of its rungs.

        A stopped job yields ``Stopped``, or ``Failed`` if its worker died meanwhile; an answer to a
        job that has ended is ignored.
        """
        ...

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """Return new events, waiting up to ``timeout_s`` seconds for the first."""
        ...

    def close(self) -> None:
        """Stop all workers at once; their checkpoints stay."""
        ...
