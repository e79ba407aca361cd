"""FinalDriver: trains the finalists and scores them on the test images."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.search.engines.contract import Event, Executor, Failed, Finished, Job
from nasbench_mvit.search.finalists.record import Final, FinalRecord
from nasbench_mvit.search.finalists.store import FinalStore
from nasbench_mvit.search.loop.failures import FailureStreak
from nasbench_mvit.search.trials.snapshot import software_versions
from nasbench_mvit.training.proxy.report import FinalResult

POLL_S = 0.5


class FinalObserver(Protocol):
    """Is told what happens, to show it."""

    def event(self, event: Event) -> None:
        """A job made progress or ended."""
        ...

    def tick(self) -> None:
        """Time has passed."""
        ...


class FinalDriver:
    """Runs what is missing of a plan; every training is stored as it ends, so any cut resumes."""

    def __init__(
        self,
        final: Final,
        networks: Mapping[int, Network],
        store: FinalStore,
        executor: Executor,
        observer: FinalObserver,
        *,
        test_images: str,
    ) -> None:
        """Prepare; nothing runs before ``run``.

        Args:
            final: the plan and what is done of it.
            networks: of the trials.
            store: where results go.
            executor: its evaluator gives a ``FinalResult``.
            observer: is told.
            test_images: their fingerprint.
        """
        self._store = store
        self._executor = executor
        self._observer = observer
        self._test_images = test_images
        self._waiting = deque(Job(trial, seed, networks[trial]) for trial, seed in final.missing())
        self._running: set[Job] = set()
        self._failures = FailureStreak()

    def run(self, is_over: Callable[[], bool]) -> bool:
        """Train and score until all is done or ``is_over`` says so; return whether all is done.

        Raises:
            StoreError: the storage fails.
            StudyError: trainings fail in a row for no fault of their networks.
        """
        while self._waiting or self._running:
            if is_over():
                return False
            self._fill()
            for event in self._executor.wait(POLL_S):
                self._handle(event)
            self._observer.tick()
        return True

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._executor.slots:
            job = self._waiting.popleft()
            self._running.add(job)
            self._executor.submit(job)

    def _handle(self, event: Event) -> None:
        self._observer.event(event)
        if not isinstance(event, Finished | Failed):
            return
        self._running.discard(event.job)
        if isinstance(event, Finished):
            self._keep(event.job, result=_scored(event))
        elif event.is_final:
            self._keep(event.job, failure=event.reason)
            self._waiting = deque(job for job in self._waiting if job.trial != event.job.trial)
        else:
            self._waiting.append(event.job)  # the machine's fault: again, after the others
        self._failures.note(event)

    def _keep(
        self, job: Job, *, result: FinalResult | None = None, failure: str | None = None
    ) -> None:
        record = FinalRecord(
            trial=job.trial,
            seed=job.seed,
            test_images=self._test_images,
            result=result,
            failure=failure,
            versions=software_versions(),
        )
        self._store.write(record)


def _scored(event: Finished) -> FinalResult:
    if not isinstance(event.result, FinalResult):
        raise TypeError("an evaluator of finalists scores the test images")
    return event.result
