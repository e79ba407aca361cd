"""TuneActor: the actor on the cluster's head node in which Ray Tune runs.

Under ray:// Tune would move itself and its searcher to the cluster. So it always runs there, in
this actor, with which the driver and the trials communicate.
"""

import asyncio
import tempfile
import threading
from collections.abc import Sequence
from typing import Any

from ray import tune
from ray.actor import ActorHandle

from nasbench_mvit.search.engines.contract import End, Event, Job, Progressed
from nasbench_mvit.search.engines.ray.feed import MAX_FAILURES, EventCallback, JobFeed
from nasbench_mvit.search.engines.ray.trial import TrialContext, run_trial
from nasbench_mvit.search.evaluators.checkpoint_storage import CheckpointStorage

EXPERIMENT = "ray_tune"
MAX_CONCURRENT = 1024


class TuneActor:
    """An asyncio actor that takes jobs and answers and returns events.

    A new Tuner runs the jobs of one driver and is never restored: a driver resumes from its store
    and the checkpoints.
    """

    def __init__(self) -> None:
        """Create an idle actor; ``open`` starts Tune."""
        self._feed = JobFeed()
        self._scratch = tempfile.TemporaryDirectory(
            prefix="nasbench_mvit-", ignore_cleanup_errors=True
        )
        self._events: list[Event] = []
        self._happened = asyncio.Event()
        self._failure: str | None = None
        self._answers: dict[tuple[Job, float], asyncio.Future[bool]] = {}

    async def open(
        self,
        context: TrialContext,
        resources: dict[str, float],
        storage: CheckpointStorage,
        myself: ActorHandle[Any],
    ) -> None:
        """Start Tune, which then waits for jobs.

        Args:
            context: the settings shared by all trials.
            resources: resources of each trial.
            storage: storage of the checkpoints. Tune's own files, which are not used, go into a
                temporary folder of this machine.
            myself: the handle of this actor, for the trials.

        Raises:
            StudyError: the storage cannot be written.
        """
        await asyncio.to_thread(storage.prepare)
        self._loop = asyncio.get_running_loop()
        self._storage = storage
        arguments = (context, resources, myself)
        threading.Thread(target=self._run, args=arguments, daemon=True).start()

    async def submit(self, job: Job) -> None:
        """Start a job as soon as the cluster has room."""
        self._feed.submit(job)

    async def answer(self, progressed: Progressed, *, goes_on: bool) -> None:
        """Let a job that waits at a rung continue or stop."""
        future = self._answer(progressed)
        if not future.done():  # an earlier attempt, which died here, got the same
            future.set_result(goes_on)

    async def answered(self, progressed: Progressed) -> bool:
        """Wait for the answer to a job at a rung; called by its worker."""
        return await asyncio.shield(self._answer(progressed))

    async def events(self, timeout_s: float) -> tuple[Sequence[Event], str | None]:
        """Return new events, waiting for the first, and the reason if Tune has ended."""
        if not self._happened.is_set():
            try:
                await asyncio.wait_for(self._happened.wait(), timeout_s)
            except TimeoutError:
                return [], None
        self._happened.clear()
        events, self._events = self._events, []
        return events, self._failure

    def _answer(self, progressed: Progressed) -> "asyncio.Future[bool]":
        key = (progressed.job, progressed.report.fraction)
        if key not in self._answers:
            self._answers[key] = self._loop.create_future()
        return self._answers[key]

    def _tell(self, event: Event) -> None:
        """Forward an event from Tune's thread to the loop."""
        self._loop.call_soon_threadsafe(self._note, event)

    def _note(self, event: Event) -> None:
        if isinstance(event, End):
            self._answers = {key: a for key, a in self._answers.items() if key[0] != event.job}
        self._events.append(event)
        self._happened.set()

    async def close(self) -> None:
        """Remove the temporary files, which a killed actor would leave."""
        await asyncio.to_thread(self._storage.remove_token)
        self._scratch.cleanup()

    def _run(
        self, context: TrialContext, resources: dict[str, float], myself: ActorHandle[Any]
    ) -> None:
        """Run Tune until an error ends it, as the body of its thread."""
        reason = "it ended by itself"
        try:
            trainable = tune.with_parameters(run_trial, context=context, actor=myself)
            self._tuner(tune.with_resources(trainable, resources)).fit()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._loop.call_soon_threadsafe(self._fail, reason)

    def _tuner(self, trainable: Any) -> tune.Tuner:
        return tune.Tuner(
            trainable,
            tune_config=tune.TuneConfig(
                search_alg=self._feed,
                num_samples=-1,
                max_concurrent_trials=MAX_CONCURRENT,  # otherwise Tune starts trials one by one
                reuse_actors=True,
                trial_name_creator=lambda trial: str(trial.trial_id),
                trial_dirname_creator=lambda trial: str(trial.trial_id),
            ),
            run_config=tune.RunConfig(
                name=EXPERIMENT,
                storage_path=self._scratch.name,
                failure_config=tune.FailureConfig(max_failures=MAX_FAILURES),
                callbacks=[EventCallback(self._feed, self._tell)],
                verbose=0,
            ),
        )

    def _fail(self, reason: str) -> None:
        self._failure = reason
        self._happened.set()
