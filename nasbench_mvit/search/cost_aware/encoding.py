"""Parameters of trials as vectors, whatever their kinds and whether or not all apply.

Axes: T assignments, F columns, W columns of one parameter.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
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
MIN_ALIKE = 3  # choices of parameters whose choices are counted together
_ABSENT = object()


class Encoding:
    """Columns for a set of parameters.

    A number is one column from 0 to 1, on a logarithmic scale where its distribution says so; so
    is a choice among numbers, by its rank. Any other choice has a column for each of its values. A
    parameter that some assignments lack has one more column that says so. Several parameters with
    the same choices, such as the operations on the edges of a cell, have further columns that
    count how often each is chosen.
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
        return (len(_unordered(self._distributions[name])) or 1) + (name in self._optional)

    def encode(self, assignments: Sequence[Parameters]) -> Floats:
        """Return the vectors of assignments, (T, F)."""
        blocks: dict[str, Floats] = {}
        for name, distribution in self._distributions.items():
            values = [assignment.get(name, _ABSENT) for assignment in assignments]
            block_TW = _columns(distribution, values)
            if name in self._optional:
                present_T = np.array([value is not _ABSENT for value in values], dtype=float)
                block_TW = np.concatenate([block_TW, present_T[:, None]], axis=1)
            blocks[name] = block_TW
        counts = [
            np.sum([blocks[name][:, : len(choices)] for name in names], axis=0)
            / (HALF * len(names))
            for choices, names in self._alike.items()
        ]
        return np.concatenate([*blocks.values(), *counts], axis=1)


def _columns(distribution: BaseDistribution, values: Sequence[Any]) -> Floats:
    """Return the columns of one parameter, (T, W)."""
    if choices := _unordered(distribution):
        places = {choice: place for place, choice in enumerate(choices)}
        rows_T = [places.get(value, len(choices)) for value in values]
        rows_W = np.concatenate([HALF * np.eye(len(choices)), np.zeros((1, len(choices)))])
        return np.asarray(rows_W[rows_T])
    if isinstance(distribution, CategoricalDistribution):
        ranked = sorted(distribution.choices)  # type: ignore[type-var]
        shares = {choice: rank / max(1, len(ranked) - 1) for rank, choice in enumerate(ranked)}
        return np.array([shares.get(value, MIDDLE) for value in values])[:, None]
    low, high = bounds(distribution)
    if high == low:
        return np.full((len(values), 1), MIDDLE)
    numbers_T = np.array([np.nan if value is _ABSENT else value for value in values], dtype=float)
    if is_log(distribution):
        numbers_T = np.log(numbers_T)
    return np.nan_to_num((numbers_T - low) / (high - low), nan=MIDDLE)[:, None]


def _alike(
    distributions: Mapping[str, BaseDistribution],
) -> dict[tuple[Hashable, ...], list[str]]:
    """Return the parameters that have the same unordered choices, where several do."""
    found: dict[tuple[Hashable, ...], list[str]] = {}
    for name, distribution in distributions.items():
        choices = _unordered(distribution)
        if len(choices) >= MIN_ALIKE:
            found.setdefault(choices, []).append(name)
    return {choices: names for choices, names in found.items() if len(names) > 1}


def _unordered(distribution: BaseDistribution) -> tuple[Hashable, ...]:
    """Return the choices of a parameter without an order, none for any other."""
    if not isinstance(distribution, CategoricalDistribution):
        return ()
    choices = distribution.choices
    are_numbers = all(isinstance(c, int | float) and not isinstance(c, bool) for c in choices)
    return () if are_numbers else tuple(choices)


def is_log(distribution: BaseDistribution) -> bool:
    """Say whether a number stands on a logarithmic scale."""
    return isinstance(distribution, FloatDistribution | IntDistribution) and distribution.log


def bounds(distribution: BaseDistribution) -> tuple[float, float]:
    """Return the least and the greatest of a number, as logarithms where its scale is one.

    Raises:
        TypeError: it is no number.
    """
    if not isinstance(distribution, FloatDistribution | IntDistribution):
        raise TypeError(f"unknown distribution {distribution}")
    low, high = float(distribution.low), float(distribution.high)
    return (math.log(low), math.log(high)) if distribution.log else (low, high)
