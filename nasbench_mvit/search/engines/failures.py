"""When to stop trying: a machine that fails every training must not cost every network."""

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import Failed, Finished

MAX_FAILURES_IN_A_ROW = 3


class FailureStreak:
    """Counts trainings in a row that failed and whose network is not at fault."""

    def __init__(self) -> None:
        """Start with none."""
        self._length = 0

    def reset(self) -> None:
        """Note that the machine has trained something."""
        self._length = 0

    def note(self, event: Finished | Failed) -> None:
        """Count the end of a training.

        Raises:
            StudyError: too many in a row failed; the message says how to go on.
        """
        is_machines_fault = isinstance(event, Failed) and not event.is_final
        self._length = self._length + 1 if is_machines_fault else 0
        if isinstance(event, Failed) and self._length == MAX_FAILURES_IN_A_ROW:
            raise StudyError(
                f"{MAX_FAILURES_IN_A_ROW} trainings in a row failed, the last because: "
                f"{event.reason.rstrip('.')}. Put that right; the same command then goes on and "
                "tries them again."
            )
