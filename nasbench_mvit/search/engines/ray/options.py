"""The options of the Ray engine."""

import math
from dataclasses import dataclass

from nasbench_mvit.errors import StudyError, check_count

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

    Raises:
        StudyError: a number is out of its range.
    """

    storage_path: str
    address: str = LOCAL
    cpus: int = 1
    gpus: float | None = None
    trials_at_once: int | None = None

    def __post_init__(self) -> None:
        check_count(self.cpus, "RayOptions: `cpus=`", StudyError)
        if self.trials_at_once is not None:
            check_count(self.trials_at_once, "RayOptions: `trials_at_once=`", StudyError)
        if self.gpus is not None and not 0 <= self.gpus < math.inf:
            raise StudyError(f"RayOptions: `gpus=` must be 0 or more, got {self.gpus}.")
