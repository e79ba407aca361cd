"""A training that stays at chance is said early; no torch."""

import logging
import math
from collections.abc import Sequence

import numpy as np

from nasbench_mvit.training.full.watcher import EpochReport, Watcher
from nasbench_mvit.training.images.arrays import Int64Array

SHARE_OF_EPOCHS = 10
FIRST_EPOCHS = 3
STANDARD_ERRORS = 2.0

logger = logging.getLogger(__name__)


class ChanceWarning(Watcher):
    """Warns when no epoch was better than chance, early and at the end.

    Early is after a tenth of the epochs, three at least, and half of them at most.

    Chance is the share of the largest class among the validation images, which a network reaches
    that names it for every image, and two standard errors of it; very few images say nothing.
    """

    def __init__(
        self, labels: Int64Array, epochs: int, curve: Sequence[EpochReport], *, fine_tunes: bool
    ) -> None:
        """Watch a training by its curve, which grows.

        Args:
            labels: labels (N,) of the images that it is scored on.
            epochs: passes over the images in all.
            curve: the reports of its epochs.
            fine_tunes: whether it started from trained weights.
        """
        share = np.bincount(labels).max() / len(labels)
        self._chance = share + STANDARD_ERRORS * math.sqrt(share * (1 - share) / len(labels))
        early = max(FIRST_EPOCHS, -(-epochs // SHARE_OF_EPOCHS))
        self._due, self._last = min(early, max(1, epochs // 2)), epochs
        self._curve = curve
        self._advice = "" if fine_tunes else "start from trained weights (`init=`), "

    def epoch(self, report: EpochReport) -> None:
        """Warn when it is time to."""
        best = max(report.top1 for report in self._curve)
        if report.epoch in {self._due, self._last} and best <= self._chance < 1:
            is_over = report.epoch == self._last
            logger.warning(
                "up to epoch %d the best top-1 is %.1f %%, and %.1f %% or less is chance here: "
                "the network has learned nothing%s %strain for more `epochs=`, or change "
                "`peak_rate=`.",
                report.epoch, 100 * best, 100 * self._chance,
                ". Next time" if is_over else " yet. The training goes on; if it stays so,",
                self._advice,
            )  # fmt: skip
