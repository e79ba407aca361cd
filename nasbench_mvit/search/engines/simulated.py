"""SimulatedEngine: an executor whose jobs run on a simulated clock."""

import heapq
import itertools
from collections.abc import Sequence

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
        self._due: list[Due] = []
        self._held: dict[Job, tuple[float, list[Due]]] = {}  # start of the wait, and pending events
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

        def report(point: FractionReport) -> None:
            self._schedule(started + point.cpu_seconds, Progressed(job, point))

        end = outcome(job, self._evaluator, report)
        taken = end.result.cpu_seconds if isinstance(end, Finished) else 0.0
        self._schedule(started + taken, end)

    def _schedule(self, seconds: float, event: Event) -> None:
        heapq.heappush(self._due, (seconds, next(self._order), event))

    def answer(self, job: Job, *, goes_on: bool) -> None:
        """Let a job that waits at a rung continue or stop."""
        if job not in self._held:
            return
        since, events = self._held.pop(job)
        if not goes_on:
            self._schedule(self.seconds, Stopped(job))
            return
        for seconds, _, event in sorted(events):
            self._schedule(seconds + self.seconds - since, event)

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """Return the next event immediately and advance the clock to it."""
        del timeout_s
        if not self._due:
            return []
        self.seconds, _, event = heapq.heappop(self._due)
        if isinstance(event, Progressed) and event.awaits_answer:
            held = [due for due in self._due if due[2].job == event.job]
            self._held[event.job] = (self.seconds, held)
            self._due = [due for due in self._due if due[2].job != event.job]
            heapq.heapify(self._due)
        return [event]

    def close(self) -> None:
        """Drop the running jobs."""
        self._due.clear()
        self._held.clear()
