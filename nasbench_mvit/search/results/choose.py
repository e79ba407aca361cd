"""Choosing one network of a finished or running study."""

from collections.abc import Sequence

from nasbench_mvit.errors import StudyError, listed
from nasbench_mvit.search.trials.record import Role, State, StoredTrial, answered

NEAREST = 5


def find_trial(trials: Sequence[StoredTrial], number: int) -> StoredTrial:
    """Return the complete trial of a number; for one that repeats a network, the trial repeated.

    Raises:
        StudyError: there is none, or it is not complete.
    """
    by_number = {trial.number: trial for trial in trials}
    found = by_number.get(number)
    if found is None:
        raise StudyError(f"there is no trial {number}. {_alternatives(trials, number)}")
    if found.state is not State.COMPLETE:
        reason = found.record.reason()
        why = f" ({reason.rstrip('.')})" if reason else ""
        raise StudyError(
            f"trial {number} is {found.state}{why}, so nothing is known of its accuracy. "
            f"{_alternatives(trials, number)}"
        )
    original = found.record.duplicate_of
    return found if original is None else by_number[original]


def best_under(trials: Sequence[StoredTrial], limit_ms: float) -> StoredTrial:
    """Return the most accurate complete trial whose latency stays below a limit.

    As in a study's own limits, the upper end of the latency's interval counts. The published
    networks take part, rivals do not. Of equally accurate networks the faster is taken.

    Raises:
        StudyError: none stays below it.
    """
    complete = [trial for trial in answered(trials) if trial.record.role is not Role.RIVAL]
    within = [trial for trial in complete if trial.record.latency.high <= limit_ms]
    if within:
        return max(within, key=lambda trial: (trial.record.top1(), -trial.record.latency.high))
    if not complete:
        raise StudyError(f"no trial is complete yet. {_alternatives(trials, 0)}")
    fastest = min(complete, key=lambda trial: trial.record.latency.high)
    raise StudyError(
        f"no complete network needs at most {limit_ms:g} ms: the fastest, trial {fastest.number}, "
        f"needs {fastest.record.latency.ms:.2f} ms and up to {fastest.record.latency.high:.2f}, "
        f"the upper end of its interval, which counts. Give {fastest.record.latency.high:.2f} or "
        "more, or search on with --trials."
    )


def _alternatives(trials: Sequence[StoredTrial], number: int) -> str:
    complete = sorted(answered(trials), key=lambda trial: abs(trial.number - number))
    if not complete:
        return "No trial is complete yet: search on, or wait for the search to go on."
    nearest = sorted(trial.number for trial in complete[:NEAREST])
    return (
        f"The nearest complete trials are {listed(nearest)}, of {len(complete)} in all; trials.csv "
        "in the run's folder lists them."
    )
