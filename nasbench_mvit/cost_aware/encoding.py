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
MIN_ALIKE = 3  # choices: fewer have no rank between the ends, and are not counted together
_ABSENT = object()


class Encoding:
    """Columns for a set of parameters.

    A number is one column from 0 to 1, on a logarithmic scale where its distribution says so. A
    choice has a column for each of its values, and one for its rank where these are numbers. A
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
        distribution = self._distributions[name]
        width = 1
        if isinstance(distribution, CategoricalDistribution):
            width = len(distribution.choices) + _are_ranked(distribution.choices)
        return width + (name in self._optional)

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
    if isinstance(distribution, CategoricalDistribution):
        places = {choice: place for place, choice in enumerate(distribution.choices)}
        rows_T = [places.get(value, len(places)) for value in values]
        return np.asarray(_choice_rows(distribution.choices)[rows_T])
    low, high = bounds(distribution)
    if high == low:
        return np.full((len(values), 1), MIDDLE)
    numbers_T = np.array([np.nan if value is _ABSENT else value for value in values], dtype=float)
    if is_log(distribution):
        numbers_T = np.log(numbers_T)
    return np.nan_to_num((numbers_T - low) / (high - low), nan=MIDDLE)[:, None]


def _choice_rows(choices: Sequence[Any]) -> Floats:
    """Return the columns of each choice, then those of none of them."""
    count = len(choices)
    rows = np.concatenate([HALF * np.eye(count), np.zeros((1, count))])
    if not _are_ranked(choices):
        return rows
    ranks = np.argsort(np.argsort(choices)) / (count - 1)
    return np.concatenate([rows, np.append(ranks, MIDDLE)[:, None]], axis=1)


def _are_ranked(choices: Sequence[Any]) -> bool:
    """Say whether choices are numbers, of which there is something between the ends."""
    are_numbers = all(isinstance(c, int | float) and not isinstance(c, bool) for c in choices)
    return are_numbers and len(choices) >= MIN_ALIKE


def _alike(
    distributions: Mapping[str, BaseDistribution],
) -> dict[tuple[Hashable, ...], list[str]]:
    """Return the parameters that have the same unordered choices, where several do."""
    found: dict[tuple[Hashable, ...], list[str]] = {}
    for name, distribution in distributions.items():
        if isinstance(distribution, CategoricalDistribution):
            found.setdefault(tuple(distribution.choices), []).append(name)
    return {
        choices: names
        for choices, names in found.items()
        if len(choices) >= MIN_ALIKE and len(names) > 1 and not _are_ranked(choices)
    }


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
