"""Trainings with seeds that no search has used, each of the network as its search built it."""

import functools
from collections.abc import Iterator, Sequence

from fronts.built import Built, opened, two_at_a_time

from nasbench_mvit.training.proxy.loop import train_proxy

Fresh = tuple[Built, int]  # a network and a seed


def trained(trainings: Sequence[Fresh], study: str) -> Iterator[tuple[Fresh, float]]:
    """Yield each training with its top-1 on the images that searches score on."""
    scores = two_at_a_time(functools.partial(_top1, study), trainings)
    yield from zip(trainings, scores, strict=True)


def _top1(study: str, training: Fresh) -> float:
    network, seed = training
    config, images = opened(study)
    start = network.start(config.proxy.outputs_per_canvas * images.num_classes, seed)
    result = train_proxy(
        network.spec, config.proxy, images, seed, report=lambda _: None, device="cpu", start=start
    )
    return result.top1
