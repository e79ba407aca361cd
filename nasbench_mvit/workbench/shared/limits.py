"""The limits that a person gives a run: how many workers, how long."""

import math

from nasbench_mvit.errors import StudyError, check_count
from nasbench_mvit.io.system.machine import usable_cores


def num_workers(workers: int | None) -> int:
    """Return the number of trainings at once on this machine; one per core for None.

    Raises:
        StudyError: it is not a whole number of 1 or more.
    """
    if workers is None:
        return usable_cores()
    check_count(workers, "`workers=`", StudyError)
    return workers


def check_minutes(max_minutes: float | None) -> None:
    """Check the time after which a run stops.

    Raises:
        StudyError: it is neither None nor a number of minutes above 0.
    """
    is_number = isinstance(max_minutes, int | float) and not isinstance(max_minutes, bool)
    if max_minutes is not None and not (is_number and 0 < max_minutes < math.inf):
        raise StudyError(
            "`max_minutes=` must be a number of minutes above 0, or None for no limit, "
            f"got {max_minutes!r}."
        )
