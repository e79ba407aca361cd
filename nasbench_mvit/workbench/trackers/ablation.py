"""Ablations in trackers: a run for each, and one for each of its trainings."""

import contextlib
from pathlib import Path
from typing import Self

from nasbench_mvit.training.proxy.result import FractionReport
from nasbench_mvit.workbench.ablations.result import AblationObserver, AblationResult
from nasbench_mvit.workbench.shared.trainings.observer import EndedTraining
from nasbench_mvit.workbench.trackers.by_name import Connected
from nasbench_mvit.workbench.trackers.tracking import WHOLE, Tracking, tracking


class AblationTracking(AblationObserver):
    """Writes the curves of each training to a run of its own, the outcome to the ablation's."""

    _tracking: Tracking

    def __init__(self, trackers: Connected, folder: Path) -> None:
        """Write to some trackers; keep the links to the runs in ``folder``."""
        self._trackers = trackers
        self._folder = folder
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Return the observer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what is open."""
        self._open.close()

    def study(self, name: str, description: str) -> None:
        """Close the runs of the ablation before, and open that of the next."""
        self._open.close()
        self._tracking = self._open.enter_context(tracking(self._trackers, self._folder, name))
        self._tracking.begin(WHOLE, {"description": description})

    def reached(self, name: str, report: FractionReport) -> None:
        """Add a point to the curves of a training."""
        values = {"top1": report.top1, "train_loss": report.train_loss}
        self._tracking.begin(name, {"training": name})
        self._tracking.metrics(name, values, report.step)

    def ended(self, training: EndedTraining) -> None:
        """Close the run of a training."""
        self._tracking.end(training.name, failed=training.result is None)

    def reported(self, result: AblationResult) -> None:
        """Add the top-1 of the arms, in percent, and the report."""
        for row in result.summary.rows:
            values = {f"{row.arm.name}/top1": row.top1, f"{row.arm.name}/delta": row.delta}
            self._tracking.metrics(WHOLE, values, 0)
        self._tracking.files(WHOLE, sorted(result.folder.iterdir()))
