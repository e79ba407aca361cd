"""The options of the Ray engine."""

from dataclasses import dataclass

LOCAL = "local"
CLIENT_SCHEME = "ray://"


@dataclass(frozen=True, kw_only=True)
class RayOptions:
    """The cluster's address, the resources of each trial and the checkpoint storage.

    Attributes:
        storage_path: absolute path or URI that pyarrow opens, where unfinished trainings are kept.
        address: "local" starts Ray on this machine, "auto" finds a cluster that runs here;
            else HOST:PORT of a cluster, or ray://HOST:PORT of its client server.
        cpus: processors of each trial, which is also its number of threads.
        gpus: GPUs of each trial, a fraction for several trials on one; None for one GPU where the
            cluster has any.
        trials_at_once: maximum number of concurrent trials; None for as many as the cluster holds.
    """

    storage_path: str
    address: str = LOCAL
    cpus: int = 1
    gpus: float | None = None
    trials_at_once: int | None = None
