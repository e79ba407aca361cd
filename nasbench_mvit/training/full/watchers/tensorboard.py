"""The curves of a full training for TensorBoard, where its library is installed."""

from pathlib import Path
from typing import Self

from nasbench_mvit.io.system import extras
from nasbench_mvit.training.full.watcher import EpochReport, UpdateReport, Watcher

FOLDER = "tensorboard"


class Curves(Watcher):
    """Writes what a training reports as TensorBoard events."""

    def __init__(self, folder: Path, updates_done: int) -> None:
        """Go on after ``updates_done``; what an interrupted run wrote beyond is dropped.

        Raises:
            ImportError: the package tensorboard is not installed.
        """
        extras.load("tensorboard")
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - an extra

        purge = {"purge_step": updates_done + 1} if updates_done else {}
        self._writer = SummaryWriter(str(folder / FOLDER), **purge)

    def __enter__(self) -> Self:
        """Return the curves."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is left."""
        self._writer.close()

    def progress(self, report: UpdateReport) -> None:
        """Add a point of the training."""
        self._write(
            report.update,
            {
                "train/loss": report.loss,
                "train/learning_rate": report.rate,
                "train/images_per_second": report.images_per_second,
            },
        )

    def epoch(self, report: EpochReport) -> None:
        """Add the scores of an epoch."""
        self._write(
            report.update,
            {"val/top1": report.top1, "val/top5": report.top5, "val/loss": report.val_loss},
        )
        self._writer.flush()

    def _write(self, update: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, update)
