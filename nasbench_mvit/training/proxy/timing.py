"""From a short timing to the time of a whole training by a proxy; no torch.

Every part is timed by itself, as whole updates, whole batches and whole checkpoints. Nothing is the
difference of two timings, which noise could make as small as it likes, or negative.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from nasbench_mvit.training.proxy.recipe import ProxyConfig

AT_LEAST, AT_MOST = 5, 50
LONG_S = 2.0


@dataclass(frozen=True, kw_only=True)
class ProxyTiming:
    """Seconds of the parts of a training by a proxy.

    Attributes:
        start: until the first update: the network is built and the images reach the device.
        update: an optimizer update.
        canvas: a forward pass of one canvas in evaluation mode.
        checkpoint: writing a checkpoint.
    """

    start: float
    update: float
    canvas: float
    checkpoint: float

    def training(self, proxy: ProxyConfig, num_val: int) -> float:
        """Return the seconds of a training scored on ``num_val`` validation images."""
        interim = self.scoring(proxy, min(proxy.interim_images, num_val))
        return (
            self.start
            + proxy.steps * self.update
            + (proxy.fractions - 1) * interim
            + self.scoring(proxy, num_val)
            + proxy.fractions * self.checkpoint
        )

    def update_share(self, proxy: ProxyConfig, num_val: int) -> float:
        """Return the share of a training that is optimizer updates, 0 to 1."""
        return proxy.steps * self.update / self.training(proxy, num_val)

    def scoring(self, proxy: ProxyConfig, num_images: int) -> float:
        """Return the seconds it takes to score that many images, in whole canvases."""
        return -(-num_images // proxy.images_per_canvas) * self.canvas


def seconds_of(action: Callable[[], object], *, at_least: int = AT_LEAST) -> float:
    """Return the median of the seconds an action takes, done ``at_least`` times and for a while."""
    durations: list[float] = []
    while len(durations) < at_least or (sum(durations) < LONG_S and len(durations) < AT_MOST):
        started = time.perf_counter()
        action()
        durations.append(time.perf_counter() - started)
    return median(durations)
