"""A connection to Ray and the capacity of the cluster."""

import logging
import os
import signal
import socket
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import ray
from ray.exceptions import RayError

from nasbench_mvit.errors import StudyError, listed
from nasbench_mvit.io.system.local_ray import local_arguments
from nasbench_mvit.io.system.machine import usable_cores
from nasbench_mvit.search.engines.ray.options import CLIENT_SCHEME, LOCAL, RayOptions
from nasbench_mvit.search.engines.worker_threads import worker_environment

AUTO = "auto"
CONNECT_TIMEOUT_S = 10.0
CAPACITY_AGE_S = 2.0
NO_NODES = (
    "the Ray cluster has no node left that could train; waiting for nodes. Add one with `ray start "
    "--address`, or stop with Ctrl-C: finished trials are stored, and the same command resumes."
)
NODES_AGAIN = "the Ray cluster has nodes again, trials at once: {slots}"
OBJECT_STORE_BYTES = 200 * 2**20  # no large objects are passed
_ROUNDING = 1e-9
# Switches off Tune's own output, logs and snapshots, its change of directory and the low priority
# of its workers, and lets it wait for a worker that is slow to end a trial.
_SETTINGS = {
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_worker_niceness": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_FUNCTION_THREAD_TIMEOUT_S": "600",
    "TUNE_GLOBAL_CHECKPOINT_S": str(10**9),
}


class Cluster:
    """A cluster, which may gain and lose nodes.

    Each connection is a Ray job; closing it ends everything that it has started.
    """

    def __init__(self, options: RayOptions, say: Callable[[str], object] = lambda _: None) -> None:
        """Connect, or start Ray on this machine, and count the slots of the nodes.

        Args:
            options: the cluster's address and the resources of each trial.
            say: prints a message when all nodes are gone, and when there are some again.

        Raises:
            StudyError: there is no such cluster, it runs another Ray or Python, or its nodes are
                too small for a trial.
        """
        self.options = options
        self._say = say
        self.connect()
        gpus = options.gpus
        if gpus is None:
            gpus = 1.0 if any(node.get("GPU") for node in _nodes()) else 0.0
        self.resources = {"CPU": float(options.cpus), "GPU": gpus}
        self._slots, self._looked = self._count(), time.monotonic()
        if self._slots == 0 or self._slots < (self.options.trials_at_once or 0):
            message = self._too_small()
            self.close()
            raise StudyError(message)

    def connect(self) -> None:
        """Connect, unless connected already.

        Raises:
            StudyError: the cluster cannot be used.
        """
        if not ray.is_initialized():
            _connect(self.options)
            is_client = self.options.address.startswith(CLIENT_SCHEME)
            self._head = self.options.address if is_client else _address_of_head()

    def check_head(self) -> None:
        """Check that the head still answers.

        Without it Ray's own calls wait for a minute and then end this process silently.

        Raises:
            StudyError: the head does not answer.
        """
        if reason := _connection_error(self._head):
            raise StudyError(
                f"the head of the Ray cluster, {self._head}, is lost: {reason}. Finished trials "
                "are stored. Restart the cluster, then run the same command to resume."
            )

    def close(self) -> None:
        """Close the connection and end everything that runs for it."""
        ray.shutdown()

    @property
    def slots(self) -> int:
        """Number of trials that the present nodes can run at once; at least 1, as nodes return."""
        if time.monotonic() - self._looked > CAPACITY_AGE_S:
            self.check_head()
            self._look()
        return max(1, min(self._slots, self.options.trials_at_once or self._slots))

    def _look(self) -> None:
        before, self._slots, self._looked = self._slots, self._count(), time.monotonic()
        if before and not self._slots:
            self._say(NO_NODES)
        elif self._slots and not before:
            self._say(NODES_AGAIN.format(slots=self._slots))

    def __str__(self) -> str:
        """Return a description of the cluster and the resources of each trial."""
        return f"Ray: nodes: {len(_nodes())}, trials at once: {self.slots}, each with {self._share}"

    @property
    def _share(self) -> str:
        return _readable(self.resources)

    def _count(self) -> int:
        """Return the number of trials that fit on the nodes, each on one node."""
        asked = {kind: amount for kind, amount in self.resources.items() if amount}
        return sum(
            min(int(node.get(kind, 0) / amount + _ROUNDING) for kind, amount in asked.items())
            for node in _nodes()
        )

    def _too_small(self) -> str:
        asked = self.options.trials_at_once or 1
        return (
            f"trials asked for at once: {asked}, each with {self._share}; the Ray cluster holds "
            f"{self._slots}. Its nodes: {listed(_readable(node) for node in _nodes())}. Lower "
            "`cpus=`, `gpus=` or `workers=`, or add nodes."
        )


def _readable(resources: Mapping[str, float]) -> str:
    return f"{resources.get('CPU', 0):g} CPU and {resources.get('GPU', 0):g} GPU"


def _nodes() -> list[dict[str, float]]:
    """Return the resources of every node that is alive."""
    nodes = ray.nodes()  # type: ignore[no-untyped-call]
    return [node["Resources"] for node in nodes if node["Alive"]]


def _connect(options: RayOptions) -> None:
    environment = worker_environment(options.cpus) | _SETTINGS
    arguments: dict[str, Any] = {
        "address": options.address,
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        "runtime_env": {"env_vars": environment},
    }
    if options.address == LOCAL:
        os.environ.update(_SETTINGS)  # for the processes of the cluster itself
        arguments |= local_arguments() | {
            "num_cpus": usable_cores(),
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE_BYTES,
        }
    elif options.address != AUTO and (reason := _connection_error(options.address)):
        raise StudyError(_unreachable(options.address, reason))
    before = signal.getsignal(signal.SIGTERM)
    try:
        with warnings.catch_warnings(action="ignore"):  # problems that matter are errors
            ray.init(**arguments)
    except (ConnectionError, RuntimeError, ValueError, RayError) as error:
        raise StudyError(_unreachable(options.address, str(error))) from None
    finally:
        signal.signal(signal.SIGTERM, before)  # Ray sets its own


def _connection_error(address: str) -> str | None:
    """Return the reason why ``address`` does not answer, None if it does."""
    host, _, port = address.removeprefix(CLIENT_SCHEME).rpartition(":")
    try:
        socket.create_connection((host, int(port)), CONNECT_TIMEOUT_S).close()
    except (OSError, ValueError) as error:
        return str(error)
    return None


def _address_of_head() -> str:
    return str(ray.get_runtime_context().gcs_address)


def _unreachable(address: str, reason: str) -> str:
    return (
        f"no Ray cluster can be used at `address=` {address}: {reason.rstrip('.')}. Start one with "
        "`ray start --head`, correct the address, set RAY_AUTH_MODE=token where the cluster asks "
        "for a token, or leave `address=` out to start Ray on this machine."
    )
