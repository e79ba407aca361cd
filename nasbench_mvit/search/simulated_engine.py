"""SimulatedEngine: an executor whose jobs take their time on a clock of its own."""

import heapq
import itertools
from collections import deque
from collections.abc import Sequence

from nasbench_mvit.errors import WorkbenchError
from nasbench_mvit.search.evaluate import Evaluator
from nasbench_mvit.search.executor import End, Event, Failed, Finished, Job, Progressed, Stopped
from nasbench_mvit.training.report import FractionReport, NonFiniteLossError


class SimulatedEngine:
    """Runs an evaluator that answers at once as ``workers`` processes would that train.

    Each job occupies a slot for the processor seconds its curve reports, and events come in the
    order in which they would have come. Nothing but the evaluator takes any time.
    """

    def __init__(self, evaluator: Evaluator, *, workers: int) -> None:
        """Start the clock at 0."""
        self._evaluator = evaluator
        self._workers = workers
        self._due: list[tuple[float, int, Event]] = []
        self._order = itertools.count()
        self._begun_s: dict[Job, float] = {}
        self._coming: dict[Job, deque[tuple[float, Event]]] = {}  # after seconds of the job
        #: Seconds on the clock.
        self.seconds = 0.0

    @property
    def slots(self) -> int:
        """Number of jobs that run at once."""
        return self._workers

    def submit(self, job: Job) -> None:
        """Start a job now."""
        coming: deque[tuple[float, Event]] = deque()

        def report(point: FractionReport) -> None:
            coming.append((point.cpu_seconds, Progressed(job, point)))

        try:
            result = self._evaluator(job.spec, job.seed, report)
        except (NonFiniteLossError, WorkbenchError) as error:
            last_s = coming[-1][0] if coming else 0.0
            coming.append((last_s, Failed(job, str(error), is_final=True)))
        else:
            coming.append((result.cpu_seconds, Finished(job, result)))
        self._begun_s[job], self._coming[job] = self.seconds, coming
        self._schedule(job)

    def _schedule(self, job: Job) -> None:
        after_s, event = self._coming[job].popleft()
        heapq.heappush(self._due, (self._begun_s[job] + after_s, next(self._order), event))

    def answer(self, job: Job, *, goes_on: bool) -> None:
        """Tell a job that waits at a rung whether it goes on; an answer takes no time."""
        if job not in self._coming:
            return
        if not goes_on:
            self._coming[job] = deque([(self.seconds - self._begun_s[job], Stopped(job))])
        self._schedule(job)

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """Return the next event at once, however long it takes on the clock."""
        del timeout_s
        if not self._due:
            return []
        self.seconds, _, event = heapq.heappop(self._due)
        if isinstance(event, End):
            del self._coming[event.job], self._begun_s[event.job]
        elif not event.awaits_answer:
            self._schedule(event.job)
        return [event]

    def close(self) -> None:
        """Forget the jobs that run."""
        self._due.clear()
        self._coming.clear()
        self._begun_s.clear()
