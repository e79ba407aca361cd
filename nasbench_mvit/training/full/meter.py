"""The loss and the speed of a full training between its reports."""

import math
import time

import torch

from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.watcher import UpdateReport
from nasbench_mvit.training.proxy.result import NonFiniteLossError


class Meter:
    """Sums losses, which stay on their device until a report.

    Attributes:
        epoch_loss: sum over the updates of this epoch that were reported.
    """

    def __init__(self, plan: FullPlan, world: World) -> None:
        """Start the clock of a training."""
        self.epoch_loss = 0.0
        self._plan = plan
        self._world = world
        self._losses: list[torch.Tensor] = []
        self._started = time.perf_counter()
        self.restart(0)

    @property
    def seconds(self) -> float:
        """Wall time of the training, interruptions left out."""
        return time.perf_counter() - self._started

    def resume(self, epoch_loss: float, seconds: float) -> None:
        """Go on where an interrupted training was."""
        self.epoch_loss = epoch_loss
        self._started = time.perf_counter() - seconds

    def restart(self, update: int) -> None:
        """Measure the speed from here on, after ``update`` updates."""
        self._reported = (update, time.perf_counter())

    def add(self, loss: torch.Tensor) -> None:
        """Add the loss of a pass, weighted by its share of the update."""
        self._losses.append(loss)

    def report(self, update: int) -> UpdateReport:
        """Return the progress since the last report, in all processes.

        Raises:
            NonFiniteLossError: a loss is not finite.
        """
        (loss_sum,) = self._world.total([float(torch.stack(self._losses).sum())])
        loss_sum /= self._world.size
        self._losses = []
        rate = self._plan.rate(update - 1)
        if not math.isfinite(loss_sum):
            raise NonFiniteLossError("loss", step=update, learning_rate=rate)
        self.epoch_loss += loss_sum
        since, then = self._reported
        self.restart(update)
        images = self._plan.shown(update) - self._plan.shown(since)
        return UpdateReport(
            update=update,
            updates=self._plan.updates,
            epoch=self._plan.shown(update) / self._plan.num_images,
            loss=loss_sum / (update - since),
            rate=rate,
            seconds=self.seconds,
            images_per_second=images / (self._reported[1] - then),
        )
