"""The time that a person gives a run."""

import math
import time
from collections.abc import Callable

SECONDS_PER_MINUTE = 60.0
LEAST = 1e-9  # minutes, of a limit that has passed


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


def minutes_left(
    max_minutes: float | None, clock: Callable[[], float] = time.monotonic
) -> Callable[[], float | None]:
    """Return a function that tells how many minutes are left, above 0; the arguments are the same.

    >>> now = [0.0]
    >>> left = minutes_left(2.0, clock=lambda: now[0])
    >>> now[0] = 90.0
    >>> left()
    0.5
    """
    began = clock()

    def left() -> float | None:
        if max_minutes is None:
            return None
        return max(LEAST, max_minutes - (clock() - began) / SECONDS_PER_MINUTE)

    return left
