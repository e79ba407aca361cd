"""The time that a person gives a run."""

import math
import time
from collections.abc import Callable

SECONDS_PER_MINUTE = 60.0


def deadline(
    max_minutes: float | None, clock: Callable[[], float] = time.monotonic
) -> Callable[[], bool]:
    """Return a function that tells whether the time is up, counted from now.

    Args:
        max_minutes: the time in minutes; None for no limit.
        clock: returns seconds.

    >>> now = [0.0]
    >>> is_over = deadline(2.0, clock=lambda: now[0])
    >>> is_over()
    False
    >>> now[0] = 120.0
    >>> is_over()
    True
    """
    end = clock() + (math.inf if max_minutes is None else max_minutes) * SECONDS_PER_MINUTE
    return lambda: clock() >= end
