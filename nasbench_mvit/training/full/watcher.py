"""What a full training tells its watchers, and their base; plain data, no torch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self


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
        train_loss: mean over the updates of this epoch, with label smoothing where there is any.
        metrics: scores of the average of the weights on the validation images by name, 0 to 1, the
            one that counts first: "top1" and "top5"; "map" (COCO's), "map50" and "map75"; or
            "miou" and "pixel_accuracy".
        val_loss: mean loss on them, without label smoothing.
        num_images: validation images.
        seconds: wall time spent so far, interruptions left out.
        num_seen: validation images that the initial weights were trained on.
    """

    epoch: int
    update: int
    train_loss: float
    metrics: Mapping[str, float]
    val_loss: float
    num_images: int
    seconds: float
    num_seen: int = 0

    @property
    def top1(self) -> float:
        """Share of images that a network classifies correctly, 0 to 1."""
        return self.metrics["top1"]

    @property
    def top5(self) -> float:
        """Share of images whose class is among its first five, 0 to 1."""
        return self.metrics["top5"]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, the scores among the rest; ``from_dict`` is its inverse."""
        entry = asdict(self)
        return entry | dict(entry.pop("metrics"))

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Self:
        """Return the report of ``to_dict``."""
        known = {field.name for field in fields(cls)}
        own = {name: value for name, value in entry.items() if name in known}
        return cls(metrics={name: entry[name] for name in entry if name not in known}, **own)


class Watcher:
    """Base class of objects that follow a training, in the first of several processes."""

    def progress(self, report: UpdateReport) -> None:
        """Take the state after some updates."""

    def epoch(self, report: EpochReport) -> None:
        """Take the scores after a pass over the images."""
