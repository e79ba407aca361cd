"""What a training of each network costs, all timed on one machine that is otherwise idle.

Processor time depends on what else runs: the same training takes half as long again where a third
one shares the caches. So searches count trainings, and these are timed afterwards, in an order
drawn at random, two at a time as searches train them.
"""

import functools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from fronts.built import Built, opened, two_at_a_time

from nasbench_mvit.training.proxy.loop import time_proxy

Costs = tuple[float, float]  # seconds of a whole training, and of one of its parts


def timed(networks: Sequence[Built], study: str) -> Iterator[tuple[Built, Costs]]:
    """Yield each network with what its training costs.

    A part ends with a score on the images for it and a checkpoint, as a search has them that may
    end trainings early; the user's has neither.
    """
    costs = two_at_a_time(functools.partial(_costs, study), networks)
    yield from zip(networks, costs, strict=True)


def _costs(study: str, network: Built) -> Costs:
    config, images = opened(study)
    proxy, num_images = config.proxy, len(images.val)
    start = network.start(proxy.outputs_per_canvas * images.num_classes, seed=0)
    with tempfile.TemporaryDirectory() as folder:
        timing = time_proxy(
            network.spec, proxy, images, 0, folder=Path(folder), device="cpu", start=start
        )
    if network.is_timm:
        plain = timing.start + proxy.steps * timing.update + timing.scoring(proxy, num_images)
        return plain, float("nan")
    updates = proxy.steps / proxy.fractions * timing.update
    part = updates + timing.scoring(proxy, proxy.interim_images) + timing.checkpoint
    return timing.training(proxy, num_images), part
