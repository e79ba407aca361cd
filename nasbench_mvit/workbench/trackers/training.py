"""Full trainings in trackers: a run for each."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_mvit.errors import TrackerError
from nasbench_mvit.training.full.job import RECIPE, WEIGHTS
from nasbench_mvit.training.full.watcher import EpochReport, UpdateReport, Watcher
from nasbench_mvit.training.full.watchers.history import HISTORY
from nasbench_mvit.workbench.trackers.by_name import TrackerName, connected, tracker_names
from nasbench_mvit.workbench.trackers.params import flat
from nasbench_mvit.workbench.trackers.tracking import WHOLE, Tracking, tracking

FOLDER = "tensorboard"


class TrainingTracking(Watcher):
    """Writes the curves of a training, over its updates."""

    def __init__(self, tracking: Tracking) -> None:
        """Write to a run that is open."""
        self._tracking = tracking

    def progress(self, report: UpdateReport) -> None:
        """Add a point of the training."""
        values = {
            "train/loss": report.loss,
            "train/learning_rate": report.rate,
            "train/images_per_second": report.images_per_second,
        }
        self._tracking.metrics(WHOLE, values, report.update)

    def epoch(self, report: EpochReport) -> None:
        """Add the scores of an epoch."""
        values = {f"val/{name}": value for name, value in report.metrics.items()}
        values["val/loss"] = report.val_loss
        self._tracking.metrics(WHOLE, values, report.update)


@dataclass(frozen=True, kw_only=True)
class TrackedTraining:
    """Makes the watchers of a training where it runs: in this process or in one of a cluster.

    Attributes:
        trackers: names of the trackers.
        folder: folder of the training, which gives its run the name.
        others: watchers that are told first.
    """

    trackers: tuple[TrackerName, ...]
    folder: Path
    others: tuple[Watcher, ...] = ()

    @contextlib.contextmanager
    def __call__(self, description: Mapping[str, Any]) -> Iterator[list[Watcher]]:
        """Yield the watchers while a training runs; its files are added when it is done.

        Raises:
            TrackerError: a tracker cannot be used.
        """
        trackers = connected(self.trackers)
        with tracking(trackers, self.folder, self.folder.name) as tracked:
            tracked.begin(WHOLE, flat(description))
            yield [*self.others, TrainingTracking(tracked)]
            tracked.files(WHOLE, [self.folder / name for name in (RECIPE, HISTORY, WEIGHTS)])


def trackers_of(
    track: Sequence[str] | None, folder: Path, note: Callable[[str], None]
) -> tuple[TrackerName, ...]:
    """Return the trackers of a training.

    Args:
        track: what names them; None for TensorBoard in the folder of the training, if it can.
        folder: folder of the training.
        note: is told why it cannot.

    Raises:
        TrackerError: a name names none, or one that cannot be used.
    """
    if track is not None:
        return tuple(name for name, _ in connected(tracker_names(track)))
    default = TrackerName("tensorboard", str(folder / FOLDER))
    try:
        default.connect()
    except TrackerError as problem:
        note(f"no curves are kept: {problem}")
        return ()
    return (default,)
