"""RayEngine: an executor whose jobs are trials of Ray Tune."""

import contextlib
from collections.abc import Sequence
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import End, Event, Job, Progressed
from nasbench_mvit.search.engines.ray.actor import Desk
from nasbench_mvit.search.engines.ray.cluster import Cluster
from nasbench_mvit.search.engines.ray.trial import Workplace
from nasbench_mvit.search.evaluators.checkpoint_storage import CheckpointStorage
from nasbench_mvit.search.evaluators.movable import NodeEvaluator
from nasbench_mvit.search.evaluators.proxy import PortableEvaluator
from nasbench_mvit.search.trials.snapshot import software_versions

HEAD = {"node:__internal_head__": 0.001}  # the resource by which Ray marks the head node
CHECK_S = 5.0
CLOSE_S = 5.0
AGAIN = "The same command goes on from here, once the cluster is there again."


class RayEngine:
    """Runs an evaluator in the workers of a cluster.

    A worker or node that dies costs its trials what they did since their last report: Tune starts
    them again elsewhere, from the checkpoints in the storage.
    """

    def __init__(self, cluster: Cluster, evaluator: PortableEvaluator) -> None:
        """Connect to the cluster and open the desk beside its head.

        Raises:
            StudyError: the cluster is gone, or the storage path cannot be written from there.
        """
        self._cluster = cluster
        cluster.connect()
        self._at_rung: dict[Job, Progressed] = {}
        storage = CheckpointStorage.at(cluster.options.storage_path)
        threads = max(1, int(cluster.resources["CPU"]))
        travelling = NodeEvaluator(evaluator, storage, software_versions())
        workplace = Workplace(travelling, threads)
        self._desk = _desk_beside_the_head()
        opened = self._desk.open.remote(workplace, cluster.resources, storage, self._desk)
        self._get(opened)

    @property
    def slots(self) -> int:
        """Number of jobs that run at once, on the nodes there are now."""
        return self._cluster.slots

    def submit(self, job: Job) -> None:
        """Start a job as soon as the cluster has room."""
        self._desk.submit.remote(job)

    def answer(self, job: Job, *, goes_on: bool) -> None:
        """Tell a job that waits at a rung whether it goes on."""
        progressed = self._at_rung.pop(job, None)
        if progressed is not None:
            self._desk.answer.remote(progressed, goes_on=goes_on)

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """Return what happened, waiting up to ``timeout_s`` seconds for something to happen.

        Raises:
            StudyError: the cluster is gone, or Tune has ended.
        """
        events: Sequence[Event]
        events, failure = self._get(self._desk.events.remote(timeout_s))
        for event in events:
            if isinstance(event, Progressed) and event.awaits_answer:
                self._at_rung[event.job] = event
            elif isinstance(event, End):
                self._at_rung.pop(event.job, None)
        if failure is not None and not events:
            raise StudyError(f"Ray Tune stopped: {failure}. {AGAIN}")
        return events

    def close(self) -> None:
        """Stop all workers at once, with the connection for which they run."""
        with contextlib.suppress(RayError, ConnectionError):
            ray.get(self._desk.close.remote(), timeout=CLOSE_S)
        self._cluster.close()

    def _get(self, reference: Any) -> Any:
        """Return what the desk answers, as long as there is a head."""
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
            raise StudyError(f"the Ray cluster is lost: {reason}. {AGAIN}") from None


def _desk_beside_the_head() -> Any:
    """Return the handle of a new ``Desk``."""
    return ray.remote(Desk).options(num_cpus=0, resources=HEAD).remote()
