"""Parameters of trials as vectors, whatever their kinds and whether or not all apply.

Axes: T assignments, F columns.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

Floats = NDArray[np.float64]
Parameters = Mapping[str, Any]

MIDDLE = 0.5  # where a number stands that does not apply
HALF = math.sqrt(0.5)  # two different choices are then at distance 1


class Encoding:
    """Columns for a set of parameters.

    A number is one column from 0 to 1, on a logarithmic scale where its distribution says so; so
    is a choice among numbers, by its rank. Any other choice has a column for each of its values. A
    parameter that some assignments lack has one more column that says so.
    """

    def __init__(
        self, distributions: Mapping[str, BaseDistribution], *, optional: set[str]
    ) -> None:
        """Plan the columns of ``distributions``; those named in ``optional`` may be absent."""
        self._distributions = dict(sorted(distributions.items()))
        self._optional = optional
        self._alike = _alike(self._distributions)
        widths = [self._width(name) for name in self._distributions]
        widths += [len(choices) for choices in self._alike]
        #: Number of the parameter, or of the set of parameters alike, of each column, (F,).
        self.owners_F: NDArray[np.intp] = np.repeat(np.arange(len(widths)), widths)

    def _width(self, name: str) -> int:
        choices = _unordered(self._distributions[name])
        return (len(choices) if choices else 1) + (name in self._optional)

    def encode(self, assignments: Sequence[Parameters]) -> Floats:
        """Return the vectors of assignments, (T, F)."""
        columns: list[Floats] = []
        for name, distribution in self._distributions.items():
            values = [assignment.get(name) for assignment in assignments]
            present = np.array([name in assignment for assignment in assignments], dtype=float)
            if choices := _unordered(distribution):
                columns += [
                    np.array([HALF * (there and value == choice) for there, value in zip(
                        present, values, strict=True)])
                    for choice in choices
                ]  # fmt: skip
            else:
                columns.append(
                    np.array(
                        [
                            _place(distribution, value) if there else MIDDLE
                            for there, value in zip(present, values, strict=True)
                        ]
                    )
                )
            if name in self._optional:
                columns.append(present)
        for choices, names in self._alike.items():
            counts = [Counter(a.get(name) for name in names) for a in assignments]
            columns += [
                np.array([count[choice] / len(names) for count in counts]) for choice in choices
            ]
        return np.stack(columns, axis=1)


def _alike(
    distributions: Mapping[str, BaseDistribution],
) -> dict[tuple[object, ...], list[str]]:
    """Return the parameters that have the same unordered choices, where several do."""
    found: dict[tuple[object, ...], list[str]] = {}
    for name, distribution in distributions.items():
        choices = _unordered(distribution)
        if len(choices) > 2:
            found.setdefault(choices, []).append(name)
    return {choices: names for choices, names in found.items() if len(names) > 1}


def _unordered(distribution: BaseDistribution) -> tuple[object, ...]:
    """Return the choices of a parameter without an order, none for any other."""
    if not isinstance(distribution, CategoricalDistribution):
        return ()
    choices = distribution.choices
    are_numbers = all(isinstance(c, int | float) and not isinstance(c, bool) for c in choices)
    return () if are_numbers else tuple(choices)


def _place(distribution: BaseDistribution, value: Any) -> float:
    """Return where a value stands between the least and the greatest, 0 to 1."""
    if isinstance(distribution, CategoricalDistribution):
        ranked = sorted(distribution.choices)  # type: ignore[type-var]
        return ranked.index(value) / max(1, len(ranked) - 1)
    if not isinstance(distribution, FloatDistribution | IntDistribution):
        raise TypeError(f"unknown distribution {distribution}")
    low, high = float(distribution.low), float(distribution.high)
    if high == low:
        return MIDDLE
    if distribution.log:
        return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
    return (float(value) - low) / (high - low)
