"""The engines of a search: worker processes on this machine, or Ray."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.evaluate import ProxyEvaluator
from nasbench_mvit.search.executor import Executor
from nasbench_mvit.search.ray_engine.options import RayOptions
from nasbench_mvit.training.data import absolute_source

INSTALL = "pip install 'ray[client,tune]'"

MakeEngine = Callable[[ProxyEvaluator], Executor]


@contextlib.contextmanager
def ray_engines(options: RayOptions, say: Callable[[str], object]) -> Iterator[MakeEngine]:
    """Connect to Ray, say what is there, and yield what makes an engine of an evaluator.

    Raises:
        StudyError: Ray is not installed, not reached or too small for what is asked.
    """
    try:
        from nasbench_mvit.search.ray_engine.cluster import Cluster  # noqa: PLC0415 - loads Ray
        from nasbench_mvit.search.ray_engine.engine import RayEngine  # noqa: PLC0415
    except ImportError as error:
        raise StudyError(f"--engine ray cannot load Ray ({error}). Install it: {INSTALL}") from None

    def make(evaluator: ProxyEvaluator) -> Executor:
        travelling = replace(
            evaluator,
            data=absolute_source(evaluator.data),
            cache_dir=evaluator.cache_dir.absolute(),
            device="cuda" if cluster.resources["GPU"] else "cpu",
            fingerprint=evaluator.images().fingerprint,
        )
        return RayEngine(cluster, travelling)

    with contextlib.closing(Cluster(options)) as cluster:
        say(str(cluster))
        yield make
