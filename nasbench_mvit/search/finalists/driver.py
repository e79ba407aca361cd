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
from nasbench_mvit.training.report import FinalResult

POLL_S = 0.5


class FinalObserver(Protocol):
    """Receives the progress, to show it."""

    def event(self, event: Event) -> None:
        """Show that a job made progress or ended."""
        ...

    def tick(self) -> None:
        """Refresh the display; called regularly."""
        ...


class FinalDriver:
    """Runs the missing trainings of a plan; each is stored when it ends, so that runs resume."""

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
        """Queue the missing trainings; ``run`` starts them.

        Args:
            final: the plan and its finished trainings.
            networks: the network of each trial.
            store: the store for the results.
            executor: an executor whose evaluator returns a ``FinalResult``.
            observer: the receiver of the progress.
            test_images: fingerprint of the test images.
        """
        self._store = store
        self._executor = executor
        self._observer = observer
        self._test_images = test_images
        self._waiting = deque(Job(trial, seed, networks[trial]) for trial, seed in final.missing())
        self._running: set[Job] = set()
        self._failures = FailureStreak()

    def run(self, is_over: Callable[[], bool]) -> bool:
        """Train and score until all is done or ``is_over``; return whether all is done.

        Raises:
            StoreError: the storage fails.
            StudyError: several trainings in a row fail through no fault of their networks.
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
            self._waiting.append(event.job)  # the machine's fault: retried after the others
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
        raise TypeError("the evaluator of finalists must score the test images")
    return event.result
