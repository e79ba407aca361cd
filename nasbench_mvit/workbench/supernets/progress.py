"""FractionProgress: tells an observer how much of some work is done, and the time left."""

import math
import time

from nasbench_mvit.workbench.shared.trainings.observer import (
    TrainingsObserver,
    TrainingsProgress,
)

AGAIN = "the same command again goes on from here"


class FractionProgress:
    """Tells an observer which fraction of some work is done, and the time left."""

    def __init__(self, observer: TrainingsObserver) -> None:
        self._observer = observer
        self._start, self._before = time.monotonic(), math.nan

    def at(self, fraction: float, num_left: int) -> None:
        """Tell the fraction; the first one is what an earlier run did."""
        self._before = fraction if math.isnan(self._before) else self._before
        now = fraction - self._before
        seconds = time.monotonic() - self._start
        self._observer.progress(
            TrainingsProgress(
                fraction=fraction,
                num_left=num_left,
                seconds_left=(1 - fraction) / now * seconds if now else math.nan,
            )
        )
