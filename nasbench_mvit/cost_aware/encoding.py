"""Encodes the parameters of trials as vectors, for any kind and for conditional parameters.

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

MIDDLE = 0.5  # the encoding of a number that does not apply
ONE_HOT = math.sqrt(0.5)  # puts two different choices at distance 1
MIN_CHOICES = 3  # fewer have no rank between the ends, and are not counted over parameters
_ABSENT = object()


class Encoding:
    """The encoding of a set of parameters.

    A number is one column from 0 to 1, on a logarithmic scale for a logarithmic distribution. A
    categorical parameter has a one-hot column for each choice, and one for the rank of numeric
    choices. A parameter that some assignments lack has an indicator column. Parameters with the
    same choices, such as the operations on the edges of a cell, have further columns that count
    how often each choice occurs.
    """

    def __init__(
        self, distributions: Mapping[str, BaseDistribution], *, optional: set[str]
    ) -> None:
        """Lay out the columns of ``distributions``; those named in ``optional`` may be absent."""
        self._distributions = dict(sorted(distributions.items()))
        self._optional = optional
        self._same_choices = _same_choices(self._distributions)
        widths = [self._width(name) for name in self._distributions]
        widths += [len(choices) for choices in self._same_choices]
        #: Number of the parameter, or of the group of parameters, of each column, (F,).
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
            / (ONE_HOT * len(names))
            for choices, names in self._same_choices.items()
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
    """Return the columns of each choice, then those of an absent parameter."""
    count = len(choices)
    rows = np.concatenate([ONE_HOT * np.eye(count), np.zeros((1, count))])
    if not _are_ranked(choices):
        return rows
    ranks = np.argsort(np.argsort(choices)) / (count - 1)
    return np.concatenate([rows, np.append(ranks, MIDDLE)[:, None]], axis=1)


def _are_ranked(choices: Sequence[Any]) -> bool:
    """Return whether choices are numbers with at least one between the ends."""
    are_numbers = all(isinstance(c, int | float) and not isinstance(c, bool) for c in choices)
    return are_numbers and len(choices) >= MIN_CHOICES


def _same_choices(
    distributions: Mapping[str, BaseDistribution],
) -> dict[tuple[Hashable, ...], list[str]]:
    """Group the parameters that have the same unordered choices; return groups of two or more."""
    found: dict[tuple[Hashable, ...], list[str]] = {}
    for name, distribution in distributions.items():
        if isinstance(distribution, CategoricalDistribution):
            found.setdefault(tuple(distribution.choices), []).append(name)
    return {
        choices: names
        for choices, names in found.items()
        if len(choices) >= MIN_CHOICES and len(names) > 1 and not _are_ranked(choices)
    }


def is_log(distribution: BaseDistribution) -> bool:
    """Return whether a distribution is numeric with a logarithmic scale."""
    return isinstance(distribution, FloatDistribution | IntDistribution) and distribution.log


def bounds(distribution: BaseDistribution) -> tuple[float, float]:
    """Return the smallest and the largest number, as logarithms on a logarithmic scale.

    Raises:
        TypeError: the distribution is not numeric.
    """
    if not isinstance(distribution, FloatDistribution | IntDistribution):
        raise TypeError(f"unknown distribution {distribution}")
    low, high = float(distribution.low), float(distribution.high)
    return (math.log(low), math.log(high)) if distribution.log else (low, high)
