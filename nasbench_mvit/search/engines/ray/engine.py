"""RayEngine: an executor whose jobs are trials of Ray Tune."""

import contextlib
from collections.abc import Sequence
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import End, Event, Job, Progressed
from nasbench_mvit.search.engines.ray.actor import TuneActor
from nasbench_mvit.search.engines.ray.cluster import Cluster
from nasbench_mvit.search.engines.ray.trial import TrialContext
from nasbench_mvit.search.evaluators.checkpoint_storage import CheckpointStorage
from nasbench_mvit.search.evaluators.node import NodeEvaluator
from nasbench_mvit.search.evaluators.proxy import PortableEvaluator
from nasbench_mvit.search.trials.snapshot import software_versions

HEAD = {"node:__internal_head__": 0.001}  # the resource by which Ray marks the head node
CHECK_S = 5.0
CLOSE_S = 5.0
RESUME = "Restart the cluster, then run the same command to resume."


class RayEngine:
    """Runs an evaluator in the workers of a cluster.

    When a worker or node dies, its trials lose the work since their last report: Tune restarts
    them elsewhere, from the checkpoints in the storage.
    """

    def __init__(self, cluster: Cluster, evaluator: PortableEvaluator) -> None:
        """Connect to the cluster and start the actor on its head node.

        Raises:
            StudyError: the cluster is gone, or cannot write to the storage path.
        """
        self._cluster = cluster
        cluster.connect()
        self._at_rung: dict[Job, Progressed] = {}
        storage = CheckpointStorage.at(cluster.options.storage_path)
        threads = max(1, int(cluster.resources["CPU"]))
        travelling = NodeEvaluator(evaluator, storage, software_versions())
        context = TrialContext(travelling, threads)
        self._actor = _start_actor()
        opened = self._actor.open.remote(context, cluster.resources, storage, self._actor)
        self._get(opened)

    @property
    def slots(self) -> int:
        """Number of jobs that can run at once on the present nodes."""
        return self._cluster.slots

    def submit(self, job: Job) -> None:
        """Start a job as soon as the cluster has room."""
        self._actor.submit.remote(job)

    def answer(self, job: Job, *, goes_on: bool) -> None:
        """Let a job that waits at a rung continue or stop."""
        progressed = self._at_rung.pop(job, None)
        if progressed is not None:
            self._actor.answer.remote(progressed, goes_on=goes_on)

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """Return new events, waiting up to ``timeout_s`` seconds for the first.

        Raises:
            StudyError: the cluster is gone, or Tune has ended.
        """
        events: Sequence[Event]
        events, failure = self._get(self._actor.events.remote(timeout_s))
        for event in events:
            if isinstance(event, Progressed) and event.awaits_answer:
                self._at_rung[event.job] = event
            elif isinstance(event, End):
                self._at_rung.pop(event.job, None)
        if failure is not None and not events:
            raise StudyError(f"Ray Tune stopped: {failure}. {RESUME}")
        return events

    def close(self) -> None:
        """Stop all workers at once by closing the connection."""
        with contextlib.suppress(RayError, ConnectionError):
            ray.get(self._actor.close.remote(), timeout=CLOSE_S)
        self._cluster.close()

    def _get(self, reference: Any) -> Any:
        """Return the actor's answer, checking meanwhile that the head is alive."""
        try:
            while not ray.wait([reference], timeout=CHECK_S)[0]:
                self._cluster.check_head()
            return ray.get(reference)
        except RayTaskError as error:
            if isinstance(error.cause, StudyError):
                raise StudyError(str(error.cause)) from None
            raise
        except (RayError, ConnectionError) as error:
            reason = " ".join(str(error).split())
            raise StudyError(f"the Ray cluster is lost: {reason}. {RESUME}") from None


def _start_actor() -> Any:
    """Start a ``TuneActor`` on the head node and return its handle."""
    return ray.remote(TuneActor).options(num_cpus=0, resources=HEAD).remote()
