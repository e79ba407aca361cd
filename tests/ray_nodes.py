"""A Ray cluster on this machine: a head and, on demand, further nodes that can be killed."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ray.cluster_utils import Cluster as Nodes

ROOT = Path(__file__).parents[1]
CPUS = 2
# A node that is killed is missed after three seconds; one that is only slow is not.
_HEALTH = {
    "health_check_initial_delay_ms": 1000,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 5000,
    "health_check_failure_threshold": 3,
}


@contextlib.contextmanager
def cluster() -> Iterator[Nodes]:
    """Yield a head of two CPUs whose workers find the tests' modules and keep our priority."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, (ROOT, ROOT / "tests"))))
        patch.setenv("RAY_worker_niceness", "0")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        nodes = Nodes(
            initialize_head=True,
            head_node_args={
                "num_cpus": CPUS,
                "num_gpus": 0,
                "include_dashboard": False,
                "_system_config": _HEALTH,
                "object_store_memory": 100 * 2**20,
            },
        )
        try:
            yield nodes
        finally:
            nodes.shutdown()
