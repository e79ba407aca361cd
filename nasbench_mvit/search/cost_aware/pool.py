"""New assignments: drawn at random, or by changing good ones, never one that was tried.

Which parameters apply may depend on others. It is learnt from the trials so far: a parameter that
some lack hangs on another one where no value of that one occurs both with it and without it.
"""

import itertools
import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from nasbench_mvit.search.cost_aware.encoding import Parameters

ENUMERABLE = 4_096
CHANGES = (0.6, 0.3, 0.1)  # how often one, two or three parameters change
STEP = 0.7  # how often a number moves to one beside it
MIDDLE = 0.5
SPREAD = 0.15  # of a small move on a continuous axis, as a share of its range

Key = tuple[tuple[str, Hashable], ...]


def key_of(parameters: Parameters) -> Key:
    """Return what is equal for equal assignments."""
    return tuple(sorted(parameters.items()))


class Pool:
    """Assignments over the distributions that trials have shown so far."""

    def __init__(self, tried: Sequence[Parameters], distributions: Mapping[str, BaseDistribution]):
        """Learn from the trials.

        Args:
            tried: the parameters of each.
            distributions: of every parameter that occurs.
        """
        self._distributions = dict(sorted(distributions.items()))
        self._seen = {key_of(parameters) for parameters in tried}
        #: Parameters that some trials lack.
        self.optional = {
            name for name in distributions if not all(name in parameters for parameters in tried)
        }
        self._rules = {name: _rule(name, tried, self.optional) for name in sorted(self.optional)}

    def unseen(self, assignments: Iterable[Parameters]) -> list[Parameters]:
        """Return those that were not tried, each once."""
        found = {key_of(parameters): parameters for parameters in assignments}
        return [parameters for key, parameters in found.items() if key not in self._seen]

    def all(self) -> list[Parameters] | None:
        """Return every assignment that was not tried, None where they are too many to list."""
        choices = [_choices(distribution) for distribution in self._distributions.values()]
        if self.optional or any(options is None for options in choices):
            return None
        listed = [options for options in choices if options is not None]
        if math.prod(map(len, listed)) > ENUMERABLE:
            return None
        names = list(self._distributions)
        everything = (dict(zip(names, v, strict=True)) for v in itertools.product(*listed))
        return self.unseen(everything)

    def draw(self, count: int, rng: np.random.Generator) -> Iterator[Parameters]:
        """Yield assignments drawn at random."""
        for _ in range(count):
            values = {name: _draw(d, rng) for name, d in self._distributions.items()}
            yield self._completed(values, rng)

    def change(
        self, parents: Sequence[Parameters], count: int, rng: np.random.Generator
    ) -> Iterator[Parameters]:
        """Yield ``count`` assignments that differ from one of ``parents`` in a few parameters."""
        for _ in range(count):
            parent = parents[int(rng.integers(len(parents)))]
            names = sorted(parent)
            number = min(len(names), 1 + int(rng.choice(len(CHANGES), p=CHANGES)))
            values = dict(parent)
            for place in rng.choice(len(names), size=number, replace=False):
                name = names[int(place)]
                values[name] = _move(self._distributions[name], values[name], rng)
            yield self._completed(values, rng)

    def _completed(self, values: dict[str, Any], rng: np.random.Generator) -> Parameters:
        """Remove what does not apply with these values and draw what is missing."""
        complete = {name: value for name, value in values.items() if name not in self.optional}
        for name, rule in self._rules.items():
            if all(complete.get(switch) in present for switch, present in rule.items()):
                drawn = values[name] if name in values else _draw(self._distributions[name], rng)
                complete[name] = drawn
        return complete


def _rule(
    name: str, tried: Sequence[Parameters], optional: set[str]
) -> Mapping[str, set[Hashable]]:
    """Return the parameters that ``name`` hangs on, each with the values it applies with."""
    found: dict[str, set[Hashable]] = {}
    for switch in sorted({other for parameters in tried for other in parameters} - optional):
        present = {p[switch] for p in tried if name in p}
        absent = {p[switch] for p in tried if name not in p}
        if not present & absent:
            found[switch] = present
    # Of several that fit, the one of fewest values: more trials will tell them apart.
    best = min(found, key=lambda switch: (len(found[switch]), switch), default=None)
    return {} if best is None else {best: found[best]}


def _choices(distribution: BaseDistribution) -> Sequence[Hashable] | None:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices
    if isinstance(distribution, IntDistribution):
        count = (distribution.high - distribution.low) // distribution.step + 1
        if count <= ENUMERABLE:
            return range(distribution.low, distribution.high + 1, distribution.step)
    return None


def _draw(distribution: BaseDistribution, rng: np.random.Generator) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[int(rng.integers(len(distribution.choices)))]
    return _at(distribution, float(rng.random()))


def _move(distribution: BaseDistribution, value: Any, rng: np.random.Generator) -> Any:
    """Return another value, often one beside ``value``."""
    if isinstance(distribution, CategoricalDistribution):
        others = [choice for choice in distribution.choices if choice != value]
        return others[int(rng.integers(len(others)))] if others else value
    if rng.random() > STEP:
        return _draw(distribution, rng)
    if isinstance(distribution, IntDistribution) and not distribution.log:
        moved = value + distribution.step * (1 if rng.random() < MIDDLE else -1)
        return min(max(moved, distribution.low), distribution.high)
    share = _share(distribution, value) + SPREAD * rng.normal()
    return _at(distribution, float(np.clip(share, 0, 1)))


def _share(distribution: BaseDistribution, value: float) -> float:
    low, high = _bounds(distribution)
    if high == low:
        return MIDDLE
    return ((math.log(value) if _is_log(distribution) else value) - low) / (high - low)


def _at(distribution: BaseDistribution, share: float) -> Any:
    """Return the value at a share of the way from the least to the greatest."""
    low, high = _bounds(distribution)
    value = low + share * (high - low)
    value = math.exp(value) if _is_log(distribution) else value
    if not isinstance(distribution, FloatDistribution | IntDistribution):
        raise TypeError(f"unknown distribution {distribution}")
    if distribution.step is not None and not _is_log(distribution):
        steps = round((value - distribution.low) / distribution.step)
        value = distribution.low + steps * distribution.step
    value = min(max(value, distribution.low), distribution.high)
    return round(value) if isinstance(distribution, IntDistribution) else float(value)


def _is_log(distribution: BaseDistribution) -> bool:
    return isinstance(distribution, FloatDistribution | IntDistribution) and distribution.log


def _bounds(distribution: BaseDistribution) -> tuple[float, float]:
    if not isinstance(distribution, FloatDistribution | IntDistribution):
        raise TypeError(f"unknown distribution {distribution}")
    low, high = float(distribution.low), float(distribution.high)
    return (math.log(low), math.log(high)) if distribution.log else (low, high)
