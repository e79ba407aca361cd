"""Candidate assignments: enumerated, drawn at random, or mutated from good ones."""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from nasbench_mvit.cost_aware.conditions import Conditions
from nasbench_mvit.cost_aware.encoding import MIDDLE, Parameters, bounds, is_log

ENUMERABLE = 4_096  # assignments of a space that is enumerated in full
LISTABLE = 100_000  # assignments of a space that is enumerated for its untried rest
MUTATION_PROBABILITIES = (0.6, 0.3, 0.1)  # that one, two or three parameters change
LOCAL_STEP_PROBABILITY = 0.7  # that a number moves to a nearby one
LOCAL_STEP_SCALE = 0.15  # standard deviation of a local step, as a share of the range

Key = frozenset[tuple[str, Hashable]]


def key_of(parameters: Parameters) -> Key:
    """Return a hashable key that is equal for equal assignments."""
    return frozenset(parameters.items())


class Pool:
    """A source of candidate assignments over the distributions of the trials so far."""

    def __init__(
        self,
        conditions: Conditions,
        distributions: Mapping[str, BaseDistribution],
        *,
        seen: Iterable[Parameters],
    ) -> None:
        """Create a pool.

        Args:
            conditions: the rules by which parameters apply.
            distributions: the distribution of every parameter.
            seen: assignments that must not be proposed again.
        """
        self._distributions = dict(sorted(distributions.items()))
        self._seen = {key_of(parameters) for parameters in seen}
        self._conditions = conditions

    @property
    def optional(self) -> set[str]:
        """Names of the parameters that some trials lack."""
        return self._conditions.optional

    def unseen(self, assignments: Iterable[Parameters]) -> list[Parameters]:
        """Return the assignments that were neither tried nor returned before, each once."""
        found = {key_of(parameters): parameters for parameters in assignments}
        new = [key for key in found if key not in self._seen]
        self._seen.update(new)
        return [found[key] for key in new]

    def all(self, limit: int) -> list[Parameters] | None:
        """Return every assignment, or None where there are more than ``limit``."""
        found: list[dict[str, Any]] = [{}]
        for name in self._conditions.order:
            if (choices := _choices(self._distributions[name], limit)) is None:
                return None
            grown: list[dict[str, Any]] = []
            for values in found:
                if self._conditions.applies(name, values):
                    grown += [{**values, name: choice} for choice in choices]
                else:
                    grown.append(values)
                if len(grown) > limit:
                    return None
            found = grown
        return list(found)

    def draw(self, count: int, rng: np.random.Generator) -> list[Parameters]:
        """Return assignments drawn at random."""
        return [self._conditions.active(values) for values in self._rows(count, rng)]

    def _rows(self, count: int, rng: np.random.Generator) -> list[dict[str, Any]]:
        """Return values of all parameters, whether or not they apply."""
        columns = [_draw(d, count, rng) for d in self._distributions.values()]
        rows = zip(*columns, strict=True)
        return [dict(zip(self._distributions, row, strict=True)) for row in rows]

    def mutate(
        self, parents: Sequence[Parameters], count: int, rng: np.random.Generator
    ) -> list[Parameters]:
        """Return ``count`` assignments that differ from one of ``parents`` in a few parameters."""
        chosen = rng.integers(len(parents), size=count)
        numbers = 1 + rng.choice(len(MUTATION_PROBABILITIES), size=count, p=MUTATION_PROBABILITIES)
        # A parameter that applies only after the mutation gets a random value.
        drawn = self._rows(count, rng) if self.optional else [{}] * count
        changed = []
        for place, number, new in zip(chosen, numbers, drawn, strict=True):
            parent = parents[place]
            values, names = {**new, **parent}, sorted(parent)
            for index in rng.permutation(len(names))[:number]:
                name = names[index]
                values[name] = _move(self._distributions[name], values[name], rng)
            changed.append(self._conditions.active(values))
        return list(changed)


def _choices(distribution: BaseDistribution, limit: int) -> Sequence[Hashable] | None:
    """Return every value of a parameter, or None where there are more than ``limit``."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices
    if isinstance(distribution, IntDistribution):
        values = range(distribution.low, distribution.high + 1, distribution.step)
        return values if len(values) <= limit else None
    count = 1 if distribution.single() else _num_steps(distribution)
    if count is None or count > limit:
        return None
    return [_at(distribution, (place + MIDDLE) / count) for place in range(count)]


def _num_steps(distribution: BaseDistribution) -> int | None:
    """Return the number of evenly spaced values, or None where values are not evenly spaced."""
    if not isinstance(distribution, FloatDistribution | IntDistribution):
        return None
    if distribution.step is None or distribution.log:  # a logarithmic integer has a step too
        return None
    return round((distribution.high - distribution.low) / distribution.step) + 1


def _draw(distribution: BaseDistribution, count: int, rng: np.random.Generator) -> list[Any]:
    if (choices := _even_choices(distribution)) is not None:
        return [choices[place] for place in rng.integers(len(choices), size=count).tolist()]
    return [_at(distribution, share) for share in rng.random(count).tolist()]


def _even_choices(distribution: BaseDistribution) -> Sequence[Any] | None:
    """Return the values of a parameter, or None where they are not equally likely or too many."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices
    return None if _num_steps(distribution) is None else _choices(distribution, ENUMERABLE)


def draw_one(distribution: BaseDistribution, rng: np.random.Generator) -> Any:
    """Return a value of a parameter drawn at random."""
    return _draw(distribution, 1, rng)[0]


def _move(distribution: BaseDistribution, value: Any, rng: np.random.Generator) -> Any:
    """Return another value, often one near ``value``."""
    if isinstance(distribution, CategoricalDistribution):
        others = [choice for choice in distribution.choices if choice != value]
        return others[int(rng.integers(len(others)))] if others else value
    if rng.random() > LOCAL_STEP_PROBABILITY:
        return draw_one(distribution, rng)
    if (count := _num_steps(distribution)) is not None:
        steps = max(1, round(LOCAL_STEP_SCALE * count * abs(rng.normal()))) / count
        share = _share(distribution, value) * (count - 1) / count + MIDDLE / count
        share += steps if rng.random() < MIDDLE else -steps
    else:
        share = _share(distribution, value) + LOCAL_STEP_SCALE * float(rng.normal())
    return _at(distribution, min(max(share, 0.0), 1.0))


def _share(distribution: BaseDistribution, value: float) -> float:
    """Return the position of a number between the smallest and the largest, 0 to 1."""
    low, high = bounds(distribution)
    if high == low:
        return MIDDLE
    return ((math.log(value) if is_log(distribution) else value) - low) / (high - low)


def _at(distribution: BaseDistribution, share: float) -> Any:
    """Return the number at a position between the smallest and the largest, 0 to 1."""
    if not isinstance(distribution, FloatDistribution | IntDistribution):
        raise TypeError(f"unknown distribution {distribution}")
    low, high = bounds(distribution)
    count, step = _num_steps(distribution), distribution.step
    if count is not None and step is not None:  # each value has an equal share
        value = distribution.low + step * min(int(share * count), count - 1)
    else:
        value = low + share * (high - low)
        value = math.exp(value) if is_log(distribution) else value
    value = min(max(value, distribution.low), distribution.high)
    return round(value) if isinstance(distribution, IntDistribution) else float(value)
