"""Cheap objectives and constraints: the values of an assignment that need no trial.

Axes: T assignments, K cheap objectives.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.cost_aware.encoding import Parameters
from nasbench_mvit.cost_aware.errors import SamplerError

Floats = NDArray[np.float64]
CheapObjective = Callable[[Parameters], float]
Constraints = Callable[[Parameters], Sequence[float]]

CONSTRAINTS = "the constraints function"


@dataclass(frozen=True)
class CheapValues:
    """The cheap objectives and the constraint violation of one assignment.

    Attributes:
        costs: the cheap objectives, minimised; NaN where a function returned no number.
        excess: total violation of the constraints, 0 for a feasible assignment.
        is_complete: whether no function raised a ``LookupError``.
        fault: error message for a function that failed; empty otherwise.
    """

    costs: tuple[float, ...]
    excess: float
    is_complete: bool
    fault: str


class CheapObjectives:
    """Evaluates the user's functions, once for each assignment; ``many`` takes a whole batch.

    A function raises a ``LookupError`` for a missing parameter: the parameters of a branch that no
    trial has entered are unknown.
    """

    def __init__(
        self,
        cheap: Mapping[int, CheapObjective],
        signs: Mapping[int, float],
        constraints: Constraints | None,
        *,
        noun: str = "the cheap objective",
    ) -> None:
        """Store the functions.

        Args:
            cheap: the function of each cheap objective, by the index of the objective.
            signs: -1 for an objective that is maximised, else 1.
            constraints: a function that returns values, feasible at 0 or below.
            noun: what an objective is called in messages, before its index.
        """
        self._cheap = dict(sorted(cheap.items()))
        self._signs = signs
        self._constraints = constraints
        self._noun = noun
        # Keyed by identity, which is fast; keeping the assignments keeps their ids unique.
        self._cache: dict[int, tuple[Parameters, CheapValues]] = {}

    @property
    def objectives(self) -> list[int]:
        """Indices of the cheap objectives, in the order of the columns of ``costs``."""
        return list(self._cheap)

    def costs(self, assignments: Sequence[Parameters]) -> Floats:
        """Return the cheap objectives, minimised, (T, K).

        A value that is not finite is replaced by the worst of the others.
        """
        rows = [values.costs for values in self._evaluate(assignments)]
        return as_finite(np.array(rows, dtype=float).reshape(len(rows), len(self._cheap)))

    def excess(self, assignments: Sequence[Parameters]) -> Floats:
        """Return the constraint violation of each assignment, 0 where it is feasible, (T,)."""
        return np.array([values.excess for values in self._evaluate(assignments)], dtype=float)

    def feasible(self, assignments: Sequence[Parameters]) -> list[Parameters]:
        """Return the complete assignments that keep the constraints.

        Raises:
            SamplerError: a function fails for one of them.
        """
        feasible = []
        for assignment, values in zip(assignments, self._evaluate(assignments), strict=True):
            if values.is_complete and not values.excess > 0:
                if values.fault:
                    raise SamplerError(values.fault)
                feasible.append(assignment)
        return feasible

    def incomplete(self, assignments: Sequence[Parameters]) -> list[Parameters]:
        """Return the assignments that lack a parameter which a function needs."""
        asked = zip(assignments, self._evaluate(assignments), strict=True)
        return [assignment for assignment, values in asked if not values.is_complete]

    def complete(self, assignments: Sequence[Parameters]) -> list[Parameters]:
        """Return the assignments that have every parameter that the functions need."""
        asked = zip(assignments, self._evaluate(assignments), strict=True)
        return [assignment for assignment, values in asked if values.is_complete]

    def check(self, done: Sequence[Parameters]) -> None:
        """Check that the functions work for every finished, feasible trial.

        Raises:
            SamplerError: a function fails; the message names it and the trial's parameters.
        """
        for values in self._evaluate(done):
            if values.fault and not values.excess > 0:
                raise SamplerError(values.fault)

    def _evaluate(self, assignments: Sequence[Parameters]) -> list[CheapValues]:
        new = [assignment for assignment in assignments if id(assignment) not in self._cache]
        for assignment, values in zip(new, self._evaluate_new(new) if new else [], strict=True):
            self._cache[id(assignment)] = assignment, values
        return [self._cache[id(assignment)][1] for assignment in assignments]

    def _evaluate_new(self, assignments: Sequence[Parameters]) -> list[CheapValues]:
        columns = [
            [_number(self._signs[index], answer) for answer in _call_each(function, assignments)]
            for index, function in self._cheap.items()
        ]
        limits: Sequence[float | Exception] = [0.0] * len(assignments)
        if self._constraints is not None:
            limits = [_excess(answer) for answer in _call_each(self._constraints, assignments)]
        names = [*(f"{self._noun} {index}" for index in self._cheap), CONSTRAINTS]
        return [
            _cheap_values(assignment, dict(zip(names, answers, strict=True)))
            for assignment, *answers in zip(assignments, *columns, limits, strict=True)
        ]


def _cheap_values(assignment: Parameters, answers: Mapping[str, float | Exception]) -> CheapValues:
    """Combine the answers of all functions, the last of which is that of the constraints."""
    faults = [_fault_message(what, answer, assignment) for what, answer in answers.items()]
    *costs, excess = (math.nan if isinstance(a, Exception) else a for a in answers.values())
    return CheapValues(
        costs=tuple(costs),
        excess=math.inf if isinstance(answers[CONSTRAINTS], LookupError) else excess,
        is_complete=not any(isinstance(answer, LookupError) for answer in answers.values()),
        fault=next(filter(None, faults), ""),
    )


def _fault_message(what: str, answer: float | Exception, assignment: Parameters) -> str:
    """Return the error message for an invalid answer, empty for a valid one."""
    if isinstance(answer, Exception):
        failed = f"failed with {type(answer).__name__}: {answer},"
    elif math.isnan(answer):
        failed = "gave nan"
    elif math.isinf(answer) and what != CONSTRAINTS:
        failed = "gave an infinite number"
    else:
        return ""
    return (
        f"{what} {failed} for {dict(assignment)}, and every assignment needs a finite number. "
        "Return one, however bad, or leave such assignments out by `constraints`."
    )


def _call_each(
    function: Callable[[Parameters], Any], assignments: Sequence[Parameters]
) -> list[Any]:
    """Return the answer, or the error raised, for each assignment."""
    many = getattr(function, "many", None)
    if many is None:
        return [_result_or_error(function, assignment) for assignment in assignments]
    answers = _result_or_error(many, assignments)
    if isinstance(answers, LookupError) and len(assignments) > 1:
        return [
            answer for assignment in assignments for answer in _call_each(function, [assignment])
        ]
    if isinstance(answers, Exception):
        return [answers] * len(assignments)
    if len(answers) != len(assignments):
        raise SamplerError(
            f"the method `many` of {function!r} gave {len(answers)} answers for "
            f"{len(assignments)} assignments. It must give one for each, in their order."
        )
    return list(answers)


def _result_or_error(function: Callable[[Any], Any], argument: object) -> Any:
    try:
        return function(argument)
    except SamplerError:
        raise
    except Exception as error:  # noqa: BLE001 - the user's function; reported with its argument
        return error


def _number(sign: float, answer: Any) -> float | Exception:
    """Convert an answer to a number that is minimised."""
    if isinstance(answer, Exception):
        return answer
    try:
        return sign * float(answer)
    except (TypeError, ValueError) as error:
        return error


def _excess(answer: Any) -> float | Exception:
    """Return the sum of the positive values of an answer."""
    if isinstance(answer, Exception):
        return answer
    try:
        return float(np.maximum(0.0, np.asarray(answer, dtype=float)).sum())
    except (TypeError, ValueError) as error:
        return error


def as_finite(values: Floats) -> Floats:
    """Replace values that are not finite by the largest or smallest of their column."""
    found = values.copy()
    for column in found.T:
        finite = column[np.isfinite(column)]
        low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
        column[:] = np.clip(np.nan_to_num(column, nan=np.inf), low, high)
    return found
