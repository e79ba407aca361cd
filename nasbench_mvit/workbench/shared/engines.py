"""The engines of trainings: worker processes on this machine, or Ray."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from nasbench_mvit.errors import StudyError
from nasbench_mvit.io.system import extras
from nasbench_mvit.search.engines.contract import Executor
from nasbench_mvit.search.engines.local import LocalEngine
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.evaluators.proxy import Evaluator, TrainingEvaluator

if TYPE_CHECKING:
    from nasbench_mvit.search.engines.ray.cluster import Cluster

INSTALL = "pip install 'ray[client,tune]'"

MakeEngine = Callable[[TrainingEvaluator], Executor]


def local_engine(evaluator: Evaluator, workers: int) -> LocalEngine:
    """Return worker processes of one thread each, on this machine."""
    return LocalEngine(evaluator, workers=workers)


def ray_slots(options: RayOptions) -> int:
    """Return the number of trainings that the cluster runs at once.

    Raises:
        StudyError: Ray is not installed, not reached or too small for what is asked.
    """
    with contextlib.closing(_cluster(options)) as cluster:
        return cluster.slots


@contextlib.contextmanager
def engines(
    ray: RayOptions | None, workers: int, say: Callable[[str], object]
) -> Iterator[MakeEngine]:
    """Yield a function that makes engines of evaluators, connected to Ray while it lasts.

    Args:
        ray: options of Ray; None for processes on this machine.
        workers: how many of those.
        say: tells the user what the cluster is, and what becomes of it.

    Raises:
        StudyError: as for ``ray_slots``.
    """
    if ray is None:
        yield lambda evaluator: local_engine(evaluator, workers)
        return
    with contextlib.closing(_cluster(ray, say)) as cluster:
        from nasbench_mvit.search.engines.ray.engine import RayEngine  # noqa: PLC0415 - loads Ray

        device = "cuda" if cluster.resources["GPU"] else "cpu"
        say(str(cluster))
        yield lambda evaluator: RayEngine(cluster, evaluator.for_cluster(device))


def _cluster(options: RayOptions, say: Callable[[str], object] = lambda _: None) -> "Cluster":
    try:
        extras.load("ray")
        from nasbench_mvit.search.engines.ray.cluster import Cluster  # noqa: PLC0415 - loads Ray
    except ImportError as error:
        raise StudyError(f"Ray cannot be loaded ({error}). Install it: {INSTALL}") from None
    return Cluster(options, say)
