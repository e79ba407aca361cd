"""FinalDriver: trains the finalists and scores them on the test images."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.search.engines.contract import Event, Executor, Failed, Finished, Job
from nasbench_mvit.search.engines.pump import run_jobs
from nasbench_mvit.search.finalists.record import Final, FinalRecord
from nasbench_mvit.search.finalists.store import FinalStore
from nasbench_mvit.search.trials.snapshot import software_versions
from nasbench_mvit.training.proxy.result import FinalResult


class FinalObserver(Protocol):
    """Shows the progress of training the finalists."""

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
        int8_by: str | None = None,
    ) -> None:
        """Queue the missing trainings; ``run`` starts them.

        Args:
            final: the plan and its finished trainings.
            networks: the network of each trial.
            store: the store for the results.
            executor: an executor whose evaluator returns a ``FinalResult``.
            observer: the receiver of the progress.
            test_images: fingerprint of the test images.
            int8_by: format; trainings that were not scored in 8 bits by it are repeated.
        """
        self._store = store
        self._executor = executor
        self._observer = observer
        self._test_images = test_images
        self._waiting = deque(
            Job(trial, seed, networks[trial]) for trial, seed in final.missing(int8_by)
        )
        self._missing = set(self._waiting)

    def run(self, is_over: Callable[[], bool]) -> bool:
        """Train and score until all is done or ``is_over``; return whether all is done.

        Raises:
            StoreError: the storage fails.
            StudyError: several trainings in a row fail through no fault of their networks.
        """
        return run_jobs(
            lambda: self._waiting.popleft() if self._waiting else None,
            self._executor,
            self._handle,
            is_over=lambda: bool(self._missing) and is_over(),
            tick=self._observer.tick,
        )

    def _handle(self, event: Event) -> None:
        self._observer.event(event)
        if isinstance(event, Finished):
            self._keep(event.job, result=_scored(event))
        elif isinstance(event, Failed) and event.is_final:
            self._keep(event.job, failure=event.reason)
            for job in [job for job in self._waiting if job.trial == event.job.trial]:
                self._waiting.remove(job)
                self._missing.discard(job)
        elif isinstance(event, Failed):
            self._waiting.append(event.job)  # the machine's fault: again, after the others

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
        self._missing.discard(job)


def _scored(event: Finished) -> FinalResult:
    if not isinstance(event.result, FinalResult):
        raise TypeError("the evaluator of finalists must score the test images")
    return event.result
