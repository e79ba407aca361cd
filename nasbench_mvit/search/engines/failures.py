"""Stops a search on a machine that fails every training, before all networks fail."""

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import Event, Failed, Progressed

MAX_FAILURES_IN_A_ROW = 3


class FailureStreak:
    """A count of consecutive trainings that failed through no fault of their network."""

    def __init__(self) -> None:
        """Start at 0."""
        self._length = 0

    def note(self, event: Event) -> None:
        """Count the end of a training; one that a rung has stopped shows that the machine trains.

        Raises:
            StudyError: too many trainings in a row failed.
        """
        if isinstance(event, Progressed):
            return
        is_machines_fault = isinstance(event, Failed) and not event.is_final
        self._length = self._length + 1 if is_machines_fault else 0
        if isinstance(event, Failed) and self._length == MAX_FAILURES_IN_A_ROW:
            raise StudyError(
                f"{MAX_FAILURES_IN_A_ROW} trainings in a row failed, the last because: "
                f"{event.reason.rstrip('.')}. Correct the cause; the same command then resumes and "
                "tries them again."
            )
