"""What a full training tells its watchers, and their base; plain data, no torch."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class UpdateReport:
    """The state after some updates.

    Attributes:
        update: updates done.
        updates: in all.
        epoch: passes over the images done, with a fraction.
        loss: mean training loss since the last such report.
        rate: learning rate of the last update.
        seconds: wall time spent so far, interruptions left out.
        images_per_second: since the last report, over all devices, at whatever sizes were drawn.
    """

    update: int
    updates: int
    epoch: float
    loss: float
    rate: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True, kw_only=True)
class EpochReport:
    """The state after a pass over the images.

    Attributes:
        epoch: passes done.
        update: updates done.
        train_loss: mean over the updates of this epoch, with label smoothing.
        top1: share of validation images the average of the weights names right, 0 to 1.
        top5: share of those whose class is among its first five.
        val_loss: mean cross-entropy on them.
        num_images: validation images.
        seconds: wall time spent so far, interruptions left out.
        num_seen: validation images that the initial weights were trained on.
    """

    epoch: int
    update: int
    train_loss: float
    top1: float
    top5: float
    val_loss: float
    num_images: int
    seconds: float
    num_seen: int = 0


class Watcher:
    """Base class of objects that follow a training, in the first of several processes."""

    def progress(self, report: UpdateReport) -> None:
        """Take the state after some updates."""

    def epoch(self, report: EpochReport) -> None:
        """Take the scores after a pass over the images."""
