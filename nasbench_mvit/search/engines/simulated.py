"""SimulatedEngine: an executor whose jobs run on a simulated clock."""

import heapq
import itertools
from collections import deque
from collections.abc import Iterable, Sequence

from nasbench_mvit.search.engines.contract import Event, Finished, Job, Progressed, Stopped
from nasbench_mvit.search.engines.outcome import outcome
from nasbench_mvit.search.evaluators.proxy import Evaluator
from nasbench_mvit.training.proxy.result import FractionReport

Due = tuple[float, int, Event]


class SimulatedEngine:
    """Simulates trainings in ``workers`` processes with an evaluator that answers immediately.

    Each job occupies a slot for the processor seconds that its curve reports, and events come in
    the order in which real trainings would give them. Only the evaluator takes real time.
    """

    def __init__(self, evaluator: Evaluator, *, workers: int) -> None:
        """Start the clock at 0."""
        self._evaluator = evaluator
        self._workers = workers
        self._due: list[Due] = []  # a heap of the next event of each job that runs
        self._coming: dict[Job, deque[Due]] = {}  # the events after it
        self._held: dict[Job, float] = {}  # seconds at which the wait for an answer began
        self._order = itertools.count()
        #: Seconds on the clock.
        self.seconds = 0.0

    @property
    def slots(self) -> int:
        """Number of jobs that can run at once."""
        return self._workers

    def submit(self, job: Job) -> None:
        """Start a job now."""
        started = self.seconds
        events: list[Due] = []

        def report(point: FractionReport) -> None:
            events.append(self._at(started + point.cpu_seconds, Progressed(job, point)))

        end = outcome(job, self._evaluator, report)
        taken = end.result.cpu_seconds if isinstance(end, Finished) else 0.0
        events.append(self._at(started + taken, end))
        self._schedule(job, events)

    def _at(self, seconds: float, event: Event) -> Due:
        return seconds, next(self._order), event

    def _schedule(self, job: Job, events: Iterable[Due]) -> None:
        """Let the events of a job come; at equal times the first made comes first."""
        self._coming[job] = deque(sorted(events))
        self._next(job)

    def _next(self, job: Job) -> None:
        if coming := self._coming[job]:
            heapq.heappush(self._due, coming.popleft())
        else:
            del self._coming[job]

    def answer(self, job: Job, *, goes_on: bool) -> None:
        """Let a job that waits at a rung continue or stop."""
        if job not in self._held:
            return
        waited = self.seconds - self._held.pop(job)
        later = [self._at(seconds + waited, event) for seconds, _, event in self._coming[job]]
        self._schedule(job, later if goes_on else [self._at(self.seconds, Stopped(job))])

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """Return the next event immediately and advance the clock to it."""
        del timeout_s
        if not self._due:
            return []
        self.seconds, _, event = heapq.heappop(self._due)
        if isinstance(event, Progressed) and event.awaits_answer:
            self._held[event.job] = self.seconds
        else:
            self._next(event.job)
        return [event]

    def close(self) -> None:
        """Drop the running jobs."""
        self._due.clear()
        self._coming.clear()
        self._held.clear()
