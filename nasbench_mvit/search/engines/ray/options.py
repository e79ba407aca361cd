"""What a search asks of Ray."""

from dataclasses import dataclass

LOCAL = "local"
CLIENT_SCHEME = "ray://"


@dataclass(frozen=True, kw_only=True)
class RayOptions:
    """Where the trials run and what each of them gets.

    Attributes:
        storage_path: absolute path or URI that pyarrow opens, where unfinished trainings are kept.
        address: "local" starts Ray on this machine, "auto" finds a cluster that runs here;
            else HOST:PORT of a cluster, or ray://HOST:PORT of its client server.
        cpus: processors of each trial, which are its threads too.
        gpus: GPUs of each trial, a fraction for several trials on one; None for one GPU where the
            cluster has any.
        trials_at_once: most trials at once; None for as many as the cluster holds.
    """

    storage_path: str
    address: str = LOCAL
    cpus: int = 1
    gpus: float | None = None
    trials_at_once: int | None = None
