"""Trainings an hour when several networks share the device."""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier
from typing import Any

from gpu.plan import Plan

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.engines.worker_threads import (
    THREADS,
    limit_threads,
    started_with,
    worker_environment,
)
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.training.proxy.loop import train_proxy
from nasbench_mvit.training.proxy.recipe import ProxyConfig

NETWORK = "mobilevit_xs"
PATIENCE_S = 300.0  # until all processes of a round are ready
HOUR_S = 3600.0

_together: Barrier


def sharing(plan: Plan, data: str) -> dict[str, Any]:
    """Return the trainings an hour for each number of trainings at once."""
    return {
        "network": NETWORK,
        "proxy": plan.proxy.model_dump(mode="json"),
        "rounds": [_round(count, plan.proxy, data) for count in plan.shared],
    }


def _round(count: int, proxy: ProxyConfig, data: str) -> dict[str, Any]:
    """Return the seconds of ``count`` equal trainings that start together, without their start."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(count)
    with (
        started_with(worker_environment(THREADS)),
        ProcessPoolExecutor(count, context, _start, (barrier,)) as pool,
    ):
        spans = list(pool.map(_train, [proxy] * count, [data] * count, range(count)))
    seconds = max(end for _, end in spans) - min(start for start, _ in spans)
    return {"at_once": count, "seconds": seconds, "trainings_per_hour": HOUR_S * count / seconds}


def _start(barrier: Barrier) -> None:
    global _together  # noqa: PLW0603 - a barrier reaches a process only at its start
    _together = barrier
    limit_threads(THREADS)


def _train(proxy: ProxyConfig, data: str, seed: int) -> tuple[float, float]:
    """Return the start and the end of a training, which waits for the others and is warmed up."""
    images, spec = open_images(data, cell_size=proxy.cell_size), published(NETWORK)
    warm_up = proxy.model_copy(update={"steps": proxy.fractions})
    train_proxy(spec, warm_up, images, seed, report=lambda _: None)
    _together.wait(PATIENCE_S)
    start = time.monotonic()
    train_proxy(spec, proxy, images, seed, report=lambda _: None)
    return start, time.monotonic()
