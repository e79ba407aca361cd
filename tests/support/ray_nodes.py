"""A Ray cluster on this machine: a head and, on demand, further nodes that can be killed."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ray.cluster_utils import Cluster as Nodes

ROOT = Path(__file__).parents[2]
NODE: dict[str, Any] = {"num_cpus": 2, "num_gpus": 0, "object_store_memory": 100 * 2**20}
# A node that is killed is missed after three seconds; one that is only slow is not.
_HEALTH = {
    "health_check_initial_delay_ms": 1000,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 10000,
    "health_check_failure_threshold": 3,
}


@contextlib.contextmanager
def head_node() -> Iterator[Nodes]:
    """Yield a cluster of one node whose workers find the tests' modules and keep our priority."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "support"))))
        patch.setenv("RAY_worker_niceness", "0")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")  # else it depends on a token in the home
        head = NODE | {"include_dashboard": False, "_system_config": _HEALTH}
        nodes = Nodes(initialize_head=True, head_node_args=head)
        try:
            yield nodes
        finally:
            nodes.shutdown()  # type: ignore[no-untyped-call]
