"""A network as a way of searching builds it, and work on such networks in two processes."""

import functools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, TypeVar

from torch import nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.search.engines.worker_threads import (
    limit_threads,
    started_with,
    worker_environment,
)
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.training.common.seeding import INITIALISATION, reseed
from nasbench_mvit.training.images.arrays import ImageData
from nasbench_mvit.training.images.sources import open_images

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Built:
    """A network, and whether timm's modules make it."""

    spec: MobileViTSpec
    is_timm: bool

    def start(self, num_outputs: int, seed: int) -> nn.Module | None:
        """Return timm's network with initial weights by a seed, None for one of ours."""
        if not self.is_timm:
            return None
        from fronts.users_way import in_timm  # noqa: PLC0415 - needs timm

        reseed(seed, INITIALISATION)
        return in_timm(self.spec, num_outputs)


@functools.cache
def opened(study: str) -> tuple[StudyConfig, ImageData]:
    """Return a study and its images."""
    _, config = load_study(study)
    return config, open_images(config.data, cell_size=config.proxy.cell_size)


def two_at_a_time(function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """Yield a function's results in order, each from one of two processes with one thread."""
    environment, context = worker_environment(1), get_context("spawn")
    with started_with(environment), ProcessPoolExecutor(2, mp_context=context) as pool:
        yield from pool.map(functools.partial(_in_one_thread, function), items)


def _in_one_thread(function: Callable[[Any], Any], item: object) -> Any:
    limit_threads(1)
    return function(item)
