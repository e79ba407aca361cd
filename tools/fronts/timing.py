"""The core-seconds of a training of each network, all timed on one machine that is otherwise idle.

Processor time depends on what else runs: the same training takes half as long again where a third
one shares the caches. So searches count trainings, and what each costs is timed afterwards, in an
order drawn at random, two at a time as searches train them.
"""

import functools
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from torch import nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.search.engines.worker_threads import (
    limit_threads,
    started_with,
    worker_environment,
)
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.training.images.arrays import ImageData
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.training.proxy.loop import time_proxy

Built = tuple[MobileViTSpec, bool]  # a network, and whether it is built from timm's modules


def timed(networks: Sequence[Built], study: str) -> Iterator[tuple[Built, float]]:
    """Yield each network with the seconds of a training by the study's proxy, one thread."""
    environment, context = worker_environment(1), get_context("spawn")
    with started_with(environment), ProcessPoolExecutor(2, mp_context=context) as pool:
        seconds = pool.map(functools.partial(_seconds, study=study), networks)
        yield from zip(networks, seconds, strict=True)


def _seconds(built: Built, study: str) -> float:
    limit_threads(1)
    config, images = _opened(study)
    spec, is_timm = built
    start: nn.Module | None = None
    if is_timm:
        from fronts.users_way import in_timm  # noqa: PLC0415 - needs timm

        start = in_timm(spec, config.proxy.outputs_per_canvas * images.num_classes)
    with tempfile.TemporaryDirectory() as folder:
        timing = time_proxy(
            spec, config.proxy, images, 0, folder=Path(folder), device="cpu", start=start
        )
    return timing.training(config.proxy, len(images.val))


@functools.cache
def _opened(study: str) -> tuple[StudyConfig, ImageData]:
    _, config = load_study(study)
    return config, open_images(config.data, cell_size=config.proxy.cell_size)
