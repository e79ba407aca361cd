"""Choosing one network of a finished or running study."""

from collections.abc import Sequence

from nasbench_mvit.errors import StudyError, listed
from nasbench_mvit.search.trials.candidates import LimitCheck
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


def best_under(trials: Sequence[StoredTrial], limits: LimitCheck, latency_ms: float) -> StoredTrial:
    """Return the most accurate network within a latency budget.

    This is the rule of ``Study.best_under``, of ``export --best-under`` and of the dashboard. A
    network takes part if its trial is complete, it keeps the study's limits, and the upper end of
    its latency interval is at most ``latency_ms``. The published networks take part, rivals do not.
    The highest top-1 wins; of equals the one with the lower upper end, and then the earlier trial.

    Args:
        trials: trials to choose from.
        limits: limits of the study.
        latency_ms: the budget.

    Raises:
        StudyError: no network takes part.
    """
    complete = [trial for trial in answered(trials) if trial.record.role is not Role.RIVAL]
    if not complete:
        raise StudyError(f"no trial is complete yet. {_alternatives(trials, 0)}")
    allowed = [trial for trial in complete if limits.allows(trial.record)]
    if not allowed:
        raise StudyError(
            f"none of {len(complete)} complete networks keeps the study's limits. Search on with "
            "more trials."
        )
    within = [trial for trial in allowed if trial.record.latency.high <= latency_ms]
    if within:
        return max(within, key=lambda trial: (trial.record.top1(), -trial.record.latency.high))
    fastest = min(allowed, key=lambda trial: trial.record.latency.high)
    raise StudyError(
        f"no complete network within the study's limits needs at most {latency_ms:g} ms: the "
        f"fastest, trial {fastest.number}, needs {fastest.record.latency.ms:.2f} ms and up to "
        f"{fastest.record.latency.high:.2f}, the upper end of its interval, which counts. Give "
        f"{fastest.record.latency.high:.2f} or more, or search on with more trials."
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
