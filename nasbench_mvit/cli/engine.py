"""The engines of a search: worker processes on this machine, or Ray."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.evaluate import ProxyEvaluator
from nasbench_mvit.search.executor import Executor
from nasbench_mvit.search.local_engine import LocalEngine
from nasbench_mvit.search.ray_engine.options import RayOptions
from nasbench_mvit.training.data import absolute_source

if TYPE_CHECKING:
    from nasbench_mvit.search.ray_engine.cluster import Cluster

INSTALL = "pip install 'ray[client,tune]'"

MakeEngine = Callable[[ProxyEvaluator], Executor]


def local_engine(evaluator: ProxyEvaluator, workers: int) -> LocalEngine:
    """Return worker processes of one thread each, on this machine."""
    return LocalEngine(evaluator, workers=workers)


def ray_slots(options: RayOptions) -> int:
    """Return how many trainings run at once on the cluster there is.

    Raises:
        StudyError: Ray is not installed, not reached or too small for what is asked.
    """
    with contextlib.closing(_cluster(options)) as cluster:
        return cluster.slots


@contextlib.contextmanager
def ray_engines(options: RayOptions, say: Callable[[str], object]) -> Iterator[MakeEngine]:
    """Connect to Ray, say what is there, and yield what makes an engine of an evaluator.

    Raises:
        StudyError: as for ``ray_slots``.
    """
    with contextlib.closing(_cluster(options, say)) as cluster:
        from nasbench_mvit.search.ray_engine.engine import RayEngine  # noqa: PLC0415 - loads Ray

        def make(evaluator: ProxyEvaluator) -> Executor:
            travelling = replace(
                evaluator,
                data=absolute_source(evaluator.data),
                cache_dir=evaluator.cache_dir.absolute(),
                device="cuda" if cluster.resources["GPU"] else "cpu",
                fingerprint=evaluator.images().fingerprint,
            )
            return RayEngine(cluster, travelling)

        say(str(cluster))
        yield make


def _cluster(options: RayOptions, say: Callable[[str], object] = lambda _: None) -> "Cluster":
    try:
        from nasbench_mvit.search.ray_engine.cluster import Cluster  # noqa: PLC0415 - loads Ray
    except ImportError as error:
        raise StudyError(f"--engine ray cannot load Ray ({error}). Install it: {INSTALL}") from None
    return Cluster(options, say)
