"""What Ray Tune is given and what it gives back: submitted jobs as trials, events of jobs."""

import queue
from collections.abc import Callable
from typing import Any

from ray.tune import Callback
from ray.tune.experiment import Trial
from ray.tune.search import Searcher

from nasbench_mvit.search.engines.contract import Event, Failed, Job
from nasbench_mvit.search.engines.ray.trial import EVENT, JOB

IDS_END = "The actor is dead because "
#: How often Tune tries a trial again whose worker or node died.
MAX_FAILURES = 3


class JobFeed(Searcher):
    """A searcher that searches nothing: it hands Tune the jobs that were submitted.

    Optuna, in the driver, asks and is told; Tune learns no metric and no outcome from here.
    """

    def __init__(self) -> None:
        """Start without a job."""
        super().__init__(metric=None, mode=None)
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._running = 0

    def set_search_properties(self, *_: Any, **__: Any) -> bool:
        """Take no metric, as ``Tuner`` has none to give."""
        return True

    def set_max_concurrency(self, max_concurrent: int) -> bool:
        """Leave to the driver how many jobs there are at once."""
        del max_concurrent
        return True

    def submit(self, job: Job) -> None:
        """Add a job; called from another thread than Tune's."""
        self._jobs.put(job)

    def suggest(self, trial_id: str) -> dict[str, Any] | None:
        """Return the next job, None while there is none.

        Where nothing runs it waits for one, since Tune would sleep a second before it asked again.
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
        """Count the end of a trial, good or bad."""
        del trial_id, result, error
        self._running -= 1

    def __getstate__(self) -> dict[str, Any]:
        """Leave nothing for Tune's snapshot."""
        return {}

    def save(self, checkpoint_path: str) -> None:
        """Keep nothing: a Tuner is never restored."""

    def restore(self, checkpoint_path: str) -> None:
        """Restore nothing."""


class Watch(Callback):
    """Turns what happens to Tune's trials into the events of their jobs."""

    def __init__(self, feed: JobFeed, tell: Callable[[Event], None]) -> None:
        """Pass events to ``tell``, and to ``feed`` the jobs that Tune gave up too early."""
        self._feed = feed
        self._tell = tell

    def __getstate__(self) -> dict[str, Any]:
        """Leave nothing for Tune's snapshot."""
        return {}

    def on_trial_result(
        self,
        iteration: int,
        trials: list[Trial],
        trial: Trial,
        result: dict[str, Any],
        **info: Any,
    ) -> None:
        """Pass on what the worker says; an end comes with Tune's mark that the trial is done."""
        del iteration, trials, trial, info
        self._tell(result[EVENT])

    def on_trial_error(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """Fail the job of a trial that Tune has given up.

        Tune does not try a trial again whose reused worker was found dead before it began.
        """
        del iteration, trials, info
        job: Job = trial.config[JOB]
        if trial.num_failures <= MAX_FAILURES:
            self._feed.submit(job)
            return
        reason = f"its worker died {trial.num_failures} times, the last because: {cause(trial)}"
        self._tell(Failed(job, reason, is_final=False))


def cause(trial: Trial) -> str:
    """Return in a line why the last attempt at a trial failed, without Ray's list of ids."""
    text = " ".join(str(trial.get_pickled_error() or trial.get_error()).split())
    return text.partition(IDS_END)[2] or text
