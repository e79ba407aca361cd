"""Adapters to Ray Tune: a searcher that supplies jobs as trials, a callback that returns events."""

import queue
from collections.abc import Callable
from typing import Any

from ray.tune import Callback
from ray.tune.experiment import Trial
from ray.tune.search import Searcher

from nasbench_mvit.search.engines.contract import Event, Failed, Job
from nasbench_mvit.search.engines.ray.trial import EVENT, JOB

IDS_END = "The actor is dead because "
#: Number of times that Tune retries a trial whose worker or node died.
MAX_FAILURES = 3


class JobFeed(Searcher):
    """A searcher that passes the submitted jobs to Tune.

    The search itself is Optuna's, in the driver; Tune gets no metric and no outcome.
    """

    def __init__(self) -> None:
        """Create an empty queue of jobs."""
        super().__init__(metric=None, mode=None)
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._running = 0

    def set_search_properties(self, *_: Any, **__: Any) -> bool:
        """Ignore the metric, which ``Tuner`` does not have."""
        return True

    def set_max_concurrency(self, max_concurrent: int) -> bool:
        """Ignore the limit: the driver controls the number of concurrent jobs."""
        del max_concurrent
        return True

    def submit(self, job: Job) -> None:
        """Add a job; called from another thread than Tune's."""
        self._jobs.put(job)

    def suggest(self, trial_id: str) -> dict[str, Any] | None:
        """Return the next job, None while there is none.

        If nothing runs, wait for a job, since Tune would sleep for a second before the next call.
        """
        del trial_id
        try:
            job = self._jobs.get(block=not self._running)
        except queue.Empty:
            return None
        self._running += 1
        return {JOB: job}

    def on_trial_complete(
        self,
        trial_id: str,
        result: dict[str, Any] | None = None,
        error: bool = False,  # noqa: FBT001, FBT002 - Tune's signature
    ) -> None:
        """Count the end of a trial, whether it succeeded or failed."""
        del trial_id, result, error
        self._running -= 1

    def __getstate__(self) -> dict[str, Any]:
        """Return nothing for Tune's snapshot."""
        return {}

    def save(self, checkpoint_path: str) -> None:
        """Save nothing: a Tuner is never restored."""

    def restore(self, checkpoint_path: str) -> None:
        """Restore nothing."""


class EventCallback(Callback):
    """Converts callbacks for Tune's trials to events of their jobs."""

    def __init__(self, feed: JobFeed, tell: Callable[[Event], None]) -> None:
        """Pass events to ``tell``, and jobs that Tune gave up too early back to ``feed``."""
        self._feed = feed
        self._tell = tell

    def __getstate__(self) -> dict[str, Any]:
        """Return nothing for Tune's snapshot."""
        return {}

    def on_trial_result(
        self,
        iteration: int,
        trials: list[Trial],
        trial: Trial,
        result: dict[str, Any],
        **info: Any,
    ) -> None:
        """Pass on the worker's event; an ``End`` comes with Tune's mark that the trial is done."""
        del iteration, trials, trial, info
        self._tell(result[EVENT])

    def on_trial_error(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """Fail the job of a trial that Tune has given up.

        Tune does not retry a trial whose reused worker died before it began.
        """
        del iteration, trials, info
        job: Job = trial.config[JOB]
        if trial.num_failures <= MAX_FAILURES:
            self._feed.submit(job)
            return
        reason = f"its worker died {trial.num_failures} times, the last because: {cause(trial)}"
        self._tell(Failed(job, reason, is_final=False))


def cause(trial: Trial) -> str:
    """Return the error of the last attempt at a trial in one line, without Ray's list of ids."""
    text = " ".join(str(trial.get_pickled_error() or trial.get_error()).split())
    return text.partition(IDS_END)[2] or text
