"""What is known of an assignment without a trial: cheap objectives and constraints.

Axes: T assignments, K cheap objectives.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.cost_aware.encoding import Parameters

Floats = NDArray[np.float64]
CheapObjective = Callable[[Parameters], float]
Constraints = Callable[[Parameters], Sequence[float]]


class Beforehand:
    """Asks what the user gave; a function with a method ``many`` is given all at once."""

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

    @property
    def objectives(self) -> list[int]:
        """The cheap objectives, in the order of the columns of ``costs``."""
        return list(self._cheap)

    @property
    def has_constraints(self) -> bool:
        """Whether constraints are known without a trial."""
        return self._constraints is not None

    def costs(self, assignments: Sequence[Parameters]) -> Floats:
        """Return the cheap objectives, minimised, (T, K).

        Raises:
            StudyError: a function returns no finite number.
        """
        columns = [
            self._signs[index] * _numbers(f"the cheap objective {index}", function, assignments)
            for index, function in self._cheap.items()
        ]
        return np.array(columns, dtype=float).reshape(len(self._cheap), len(assignments)).T

    def excess(self, assignments: Sequence[Parameters]) -> Floats:
        """Return by how much each assignment breaks the constraints, 0 where it keeps all, (T,)."""
        if self._constraints is None:
            return np.zeros(len(assignments))
        answers = _each(self._constraints, assignments)
        found_T = np.array([np.maximum(0.0, answer).sum() for answer in answers])
        for assignment, value in zip(assignments, found_T, strict=True):
            if math.isnan(value):
                raise _not_a_number("the function of constraints", value, assignment)
        return found_T

    def kept(self, assignments: Sequence[Parameters]) -> list[Parameters]:
        """Return the assignments that keep the constraints."""
        excess_T = self.excess(assignments)
        return [a for a, value in zip(assignments, excess_T, strict=True) if value <= 0]


def _each(function: Callable[[Parameters], Any], assignments: Sequence[Parameters]) -> Any:
    many = getattr(function, "many", None)
    return many(assignments) if many else [function(assignment) for assignment in assignments]


def _numbers(what: str, function: CheapObjective, assignments: Sequence[Parameters]) -> Floats:
    values_T = np.asarray(_each(function, assignments), dtype=float)
    if not np.isfinite(values_T).all():
        place = int(np.argmin(np.isfinite(values_T)))
        raise _not_a_number(what, values_T[place], assignments[place])
    return values_T


def _not_a_number(what: str, value: float, assignment: Parameters) -> StudyError:
    return StudyError(
        f"{what} gave {value} for {dict(assignment)}, and every assignment needs a finite number. "
        "Return one, however bad, or leave such assignments out by `constraints`."
    )
