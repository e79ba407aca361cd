"""What is known of an assignment without a trial: cheap objectives and constraints.

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

CONSTRAINTS = "the function of constraints"


@dataclass(frozen=True)
class Known:
    """What the functions say of one assignment.

    Attributes:
        costs: the cheap objectives, minimised; NaN where a function did not give a number.
        excess: by how much it breaks the constraints, 0 where it keeps all.
        is_complete: no function missed a parameter.
        fault: what is to be said where a function failed; empty where none did.
    """

    costs: tuple[float, ...]
    excess: float
    is_complete: bool
    fault: str


class Beforehand:
    """Asks what the user gave, each once; a function with a method ``many`` is given all at once.

    A function may miss parameters, and say so by a ``LookupError``: of a branch that no trial has
    entered nobody knows what it asks for.
    """

    def __init__(
        self,
        cheap: Mapping[int, CheapObjective],
        signs: Mapping[int, float],
        constraints: Constraints | None,
    ) -> None:
        """Use the functions.

        Args:
            cheap: by the index of the objective.
            signs: -1 for an objective that is maximised, else 1.
            constraints: returns values that must be 0 or below.
        """
        self._cheap = dict(sorted(cheap.items()))
        self._signs = signs
        self._constraints = constraints
        # By identity, which is quick; the assignments are kept so that it stays theirs.
        self._known: dict[int, tuple[Parameters, Known]] = {}

    @property
    def objectives(self) -> list[int]:
        """The cheap objectives, in the order of the columns of ``costs``."""
        return list(self._cheap)

    def costs(self, assignments: Sequence[Parameters]) -> Floats:
        """Return the cheap objectives, minimised, (T, K).

        What is no finite number counts as bad as the others get.
        """
        rows = [known.costs for known in self._ask(assignments)]
        return as_finite(np.array(rows, dtype=float).reshape(len(rows), len(self._cheap)))

    def excess(self, assignments: Sequence[Parameters]) -> Floats:
        """Return by how much each assignment breaks the constraints, 0 where it keeps all, (T,)."""
        return np.array([known.excess for known in self._ask(assignments)], dtype=float)

    def kept(self, assignments: Sequence[Parameters]) -> list[Parameters]:
        """Return the assignments of which all is known and that keep the constraints.

        Raises:
            SamplerError: a function fails for one of them.
        """
        kept = []
        for assignment, known in zip(assignments, self._ask(assignments), strict=True):
            if known.is_complete and not known.excess > 0:
                if known.fault:
                    raise SamplerError(known.fault)
                kept.append(assignment)
        return kept

    def unknown(self, assignments: Sequence[Parameters]) -> list[Parameters]:
        """Return the assignments that lack a parameter which a function needs."""
        asked = zip(assignments, self._ask(assignments), strict=True)
        return [assignment for assignment, known in asked if not known.is_complete]

    def answered(self, assignments: Sequence[Parameters]) -> list[Parameters]:
        """Return the assignments that lack nothing that a function needs."""
        asked = zip(assignments, self._ask(assignments), strict=True)
        return [assignment for assignment, known in asked if known.is_complete]

    def check(self, done: Sequence[Parameters]) -> None:
        """Refuse functions that fail for a trial that is finished and keeps the constraints.

        Raises:
            SamplerError: naming the function and the trial's parameters.
        """
        for known in self._ask(done):
            if known.fault and not known.excess > 0:
                raise SamplerError(known.fault)

    def _ask(self, assignments: Sequence[Parameters]) -> list[Known]:
        new = [assignment for assignment in assignments if id(assignment) not in self._known]
        for assignment, known in zip(new, self._answered(new) if new else [], strict=True):
            self._known[id(assignment)] = assignment, known
        return [self._known[id(assignment)][1] for assignment in assignments]

    def _answered(self, assignments: Sequence[Parameters]) -> list[Known]:
        columns = [
            [_number(self._signs[index], answer) for answer in _each(function, assignments)]
            for index, function in self._cheap.items()
        ]
        limits: Sequence[float | Exception] = [0.0] * len(assignments)
        if self._constraints is not None:
            limits = [_excess(answer) for answer in _each(self._constraints, assignments)]
        names = [*(f"the cheap objective {index}" for index in self._cheap), CONSTRAINTS]
        return [
            _known(assignment, dict(zip(names, answers, strict=True)))
            for assignment, *answers in zip(assignments, *columns, limits, strict=True)
        ]


def _known(assignment: Parameters, answers: Mapping[str, float | Exception]) -> Known:
    """Return what the answers, the last of which is that of the constraints, come to."""
    faults = [_fault(what, answer, assignment) for what, answer in answers.items()]
    *costs, excess = (math.nan if isinstance(a, Exception) else a for a in answers.values())
    return Known(
        costs=tuple(costs),
        excess=math.inf if isinstance(answers[CONSTRAINTS], LookupError) else excess,
        is_complete=not any(isinstance(answer, LookupError) for answer in answers.values()),
        fault=next(filter(None, faults), ""),
    )


def _fault(what: str, answer: float | Exception, assignment: Parameters) -> str:
    """Return what is to be said of an answer that is of no use."""
    if isinstance(answer, Exception):
        failed = f"failed with {type(answer).__name__}: {answer},"
    elif math.isnan(answer) or (what != CONSTRAINTS and math.isinf(answer)):
        failed = f"gave {answer}"
    else:
        return ""
    return (
        f"{what} {failed} for {dict(assignment)}, and every assignment needs a finite number. "
        "Return one, however bad, or leave such assignments out by `constraints`."
    )


def _each(function: Callable[[Parameters], Any], assignments: Sequence[Parameters]) -> list[Any]:
    """Return the answer for each assignment, where there is none the error."""
    many = getattr(function, "many", None)
    if many is None:
        return [_guarded(function, assignment) for assignment in assignments]
    answers = _guarded(many, assignments)
    if isinstance(answers, LookupError) and len(assignments) > 1:
        return [answer for assignment in assignments for answer in _each(function, [assignment])]
    if isinstance(answers, Exception):
        return [answers] * len(assignments)
    if len(answers) != len(assignments):
        raise SamplerError(
            f"the method `many` of {function!r} gave {len(answers)} answers for "
            f"{len(assignments)} assignments. It must give one for each, in their order."
        )
    return list(answers)


def _guarded(function: Callable[[Any], Any], argument: object) -> Any:
    try:
        return function(argument)
    except SamplerError:
        raise
    except Exception as error:  # noqa: BLE001 - it is the user's, and told with what it was given
        return error


def _number(sign: float, answer: Any) -> float | Exception:
    """Return an answer as a number that is minimised."""
    if isinstance(answer, Exception):
        return answer
    try:
        return sign * float(answer)
    except (TypeError, ValueError) as error:
        return error


def _excess(answer: Any) -> float | Exception:
    """Return the sum of what an answer is above 0."""
    if isinstance(answer, Exception):
        return answer
    try:
        return float(np.maximum(0.0, np.asarray(answer, dtype=float)).sum())
    except (TypeError, ValueError) as error:
        return error


def as_finite(values: Floats) -> Floats:
    """Return columns in which what is not finite is as bad, or as good, as the rest gets."""
    found = values.copy()
    for column in found.T:
        finite = column[np.isfinite(column)]
        low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
        column[:] = np.clip(np.nan_to_num(column, nan=np.inf), low, high)
    return found
