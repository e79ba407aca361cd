"""LocalEngine: worker processes on this machine, one thread and one job each.

Each slot owns its process and pipe and watches both, so a worker that is killed or runs out of
memory fails its own job only, and a new one takes its slot.
"""

import contextlib
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from multiprocessing import connection
from multiprocessing.connection import Connection

from nasbench_mvit.io.system.machine import exit_cause
from nasbench_mvit.search.engines.contract import End, Event, Failed, Job, Progressed
from nasbench_mvit.search.engines.outcome import outcome
from nasbench_mvit.search.engines.worker_threads import (
    THREADS,
    limit_threads,
    started_with,
    worker_environment,
)
from nasbench_mvit.search.evaluators.proxy import EndedAtRungError, Evaluator
from nasbench_mvit.training.proxy.result import FractionReport

STOP_TIMEOUT_S = 5.0


class LocalEngine:
    """Runs an evaluator in ``workers`` spawned processes of ``threads`` threads each."""

    def __init__(self, evaluator: Evaluator, *, workers: int, threads: int = THREADS) -> None:
        """Create the slots; their processes start with their first job."""
        self._slots = [_Slot(evaluator, threads) for _ in range(workers)]

    @property
    def slots(self) -> int:
        """Number of jobs that can run at once."""
        return len(self._slots)

    def submit(self, job: Job) -> None:
        """Start a job in a free slot."""
        next(slot for slot in self._slots if slot.job is None).start(job)

    def answer(self, job: Job, *, goes_on: bool) -> None:
        """Let a job that waits at a rung continue or stop."""
        for slot in self._slots:
            if slot.job == job:
                slot.answer(goes_on=goes_on)

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """Return the events of all slots, waiting up to ``timeout_s`` seconds for the first."""
        busy = [slot for slot in self._slots if slot.job is not None]
        watched = [handle for slot in busy for handle in slot.handles()]
        ready = connection.wait(watched, timeout_s)
        return [event for slot in busy for event in slot.events(ready)]

    def close(self) -> None:
        """Stop all workers at once."""
        for slot in self._slots:
            slot.kill()


class _Slot:
    """A slot for one worker process, which runs one job after another."""

    def __init__(self, evaluator: Evaluator, threads: int) -> None:
        self._evaluator = evaluator
        self._threads = threads
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self.job: Job | None = None

    def start(self, job: Job) -> None:
        self.job = job
        if self._process is None or not self._process.is_alive():
            self._spawn()
        with contextlib.suppress(OSError):  # if the worker has died, its sentinel reports it
            self._open_pipe().send(job)

    def answer(self, *, goes_on: bool) -> None:
        with contextlib.suppress(OSError):  # if the worker has died, its sentinel reports it
            self._open_pipe().send(goes_on)

    def _spawn(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_work, args=(theirs, self._evaluator, self._threads), daemon=True
        )
        with started_with(worker_environment(self._threads)), _interrupts_ignored():
            self._process.start()
        theirs.close()

    def _open_pipe(self) -> Connection:
        if self._pipe is None:
            raise RuntimeError("the slot has no worker")
        return self._pipe

    def handles(self) -> list[Connection | int]:
        if self._process is None:
            raise RuntimeError("the slot has no worker")
        return [self._open_pipe(), self._process.sentinel]

    def events(self, ready: Sequence[object]) -> Iterator[Event]:
        pipe, sentinel = self.handles()
        if pipe in ready:
            yield from self._received()
        if self.job is not None and sentinel in ready:
            yield from self._received()  # events sent before it died
            yield from self._died()

    def _received(self) -> Iterator[Event]:
        pipe = self._open_pipe()
        with contextlib.suppress(EOFError, OSError):
            while self.job is not None and pipe.poll():
                event: Event = pipe.recv()
                if not isinstance(event, Progressed):
                    self.job = None
                yield event

    def _died(self) -> Iterator[Event]:
        job, process = self.job, self._process
        self.kill()
        if job is not None and process is not None:
            reason = f"the worker process died ({exit_cause(process.exitcode)})"
            yield Failed(job, reason, is_final=False)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join(STOP_TIMEOUT_S)
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = self.job = None


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ignore Ctrl-C in processes started inside, so that it reaches the driver alone."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(pipe: Connection, evaluator: Evaluator, threads: int) -> None:
    """Run jobs from ``pipe`` until it closes, as the body of a worker process."""
    limit_threads(threads)
    with contextlib.suppress(EOFError, OSError):
        while True:
            job: Job = pipe.recv()
            pipe.send(_run(job, evaluator, pipe))


def _run(job: Job, evaluator: Evaluator, pipe: Connection) -> End:
    def report(fraction: FractionReport) -> None:
        progressed = Progressed(job, fraction)
        pipe.send(progressed)
        if progressed.awaits_answer and not pipe.recv():
            raise EndedAtRungError

    return outcome(job, evaluator, report)
