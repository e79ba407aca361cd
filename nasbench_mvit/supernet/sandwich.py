"""The networks of an update by the sandwich rule: the largest, the smallest and some between.

Those between are spread evenly over the logarithm of the multiply-adds, however many networks a
space has of each size, and none has more than a limit: what no search would take need not be
trained. Parts with weights of their own are stratified within each update, which has about as many
networks of each kind of fusion, of attention and of the others, whatever their size.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.axis import Axis
from nasbench_mvit.architecture.fields import Value
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs, count_costs_many

NUM_BETWEEN = 4
CANDIDATES = 8  # drawn for each network between, of which one is taken
OF_NO_SIZE = ("patch", "heads")  # axes of numbers that neither add nor remove weights

Choices = tuple[Value, ...]
Kinds = Mapping[str, Choices]  # the choices left on the axes that are stratified
Pick = Callable[[Sequence[Value]], Value]


class Sandwich:
    """Draws networks of a space; equal spaces, seeds and steps give equal networks."""

    def __init__(self, space: SearchSpace, seed: int, max_macs: float = math.inf) -> None:
        """Take the networks of a space of at most ``max_macs``, as far as it has any."""
        self._space, self._seed, self._max_macs = space, seed, max_macs
        self._strata = [kinds for axis in space.axes_in_order if (kinds := self._kinds_of(axis))]
        cheapest, costliest = self._extremes()
        self._largest = self._top(costliest)
        self._sizes = space.assignment(self._largest)
        self._range = self._logs([self._end(min, cheapest), self._largest])

    def networks(self, step: int) -> list[MobileViTSpec]:
        """Return the networks of an update, the largest first and the smallest next.

        Attention, fusion and what else has no size vary in all of them; the sizes of both ends are
        the same in all updates.
        """
        rng = np.random.default_rng((self._seed, step))
        largest, smallest, *others = self._stratified(rng)
        ends = [self._sized(largest), self._end(min, smallest)]
        return ends + [self._between(rng, kinds) for kinds in others]

    def largest(self) -> MobileViTSpec:
        """Return the network whose sizes the largest of all updates have."""
        return self._largest

    def _kinds_of(self, axis: Axis) -> list[Kinds]:
        """Return the kinds of an axis, each with the choices that it leaves.

        An axis of sizes has one only where it is zero or not. A fusion comes with its projection,
        since each pair has weights of its own.
        """
        name, (stage, _, field) = axis.name, axis.name.rpartition(".")
        if _is_size(axis):
            others = tuple(choice for choice in axis.choices if choice)
            has_zero = field != "block" and 0 < len(others) < len(axis.choices)
            return [{name: (0,)}, {name: others}] if has_zero else []
        paired = f"{stage}.projection"
        projections = sorted(self._space.values().get(paired, ()), key=str)
        is_fusion_searched = any(a.name == f"{stage}.fusion" for a in self._space.axes_in_order)
        if name == paired and is_fusion_searched:
            return []
        if field != "fusion":
            return [{name: (choice,)} for choice in axis.choices]
        without: list[Kinds] = [{name: (choice,)} for choice in axis.choices if not choice]
        return without + [
            {name: (choice,), paired: (projection,)}
            for choice in axis.choices
            if choice
            for projection in projections
        ]

    def _stratified(self, rng: np.random.Generator) -> list[Kinds]:
        """Return the kinds of each network of an update."""
        count = 2 + NUM_BETWEEN
        found: list[dict[str, Choices]] = [{} for _ in range(count)]
        for kinds in self._strata:
            for one, kind in zip(found, _shuffled(rng, kinds, count), strict=True):
                one.update(kind)
        return list(found)

    def _extremes(self) -> tuple[Kinds, Kinds]:
        """Return the kinds with the fewest and with the most multiply-adds, all sizes maximal."""
        ends: tuple[dict[str, Choices], dict[str, Choices]] = ({}, {})
        first = {name: choices for kinds in self._strata for name, choices in kinds[0].items()}
        for kinds in self._strata:
            specs = [self._end(max, {**first, **kind}) for kind in kinds]
            order = np.argsort(count_costs_many(specs).macs)
            for end, place in zip(ends, (order[0], order[-1]), strict=True):
                end.update(kinds[place])
        return ends

    def _end(self, pick: Pick, kinds: Kinds) -> MobileViTSpec:
        return self._space.assemble(lambda axis: pick(kinds.get(axis.name, axis.choices)))

    def _top(self, kinds: Kinds) -> MobileViTSpec:
        """Return the largest network of some kinds: all sizes grow in turn up to the limit.

        It has every block that it may have, since its sizes are those of all updates.
        """
        places: dict[str, int] = {}
        largest = self._space.assemble(_at(places, kinds))
        is_growing = True
        while is_growing:
            is_growing = False
            for axis in filter(_is_size, self._space.axes_in_order):
                grown = {**places, axis.name: places.get(axis.name, 0) + 1}
                spec = self._space.assemble(_at(grown, kinds))
                if spec != largest and count_costs(spec).macs <= self._max_macs:
                    places, largest, is_growing = grown, spec, True
        return largest

    def _sized(self, kinds: Kinds) -> MobileViTSpec:
        """Return the network of some kinds that has the sizes of the largest, if within limits."""

        def choose(axis: Axis) -> Value:
            choices, size = kinds.get(axis.name, axis.choices), self._sizes.get(axis.name)
            return max(choices) if size is None or size not in choices else size

        spec = self._space.assemble(choose)
        return spec if count_costs(spec).macs <= self._max_macs else self._largest

    def _between(self, rng: np.random.Generator, kinds: Kinds) -> MobileViTSpec:
        """Return the candidate nearest to a size drawn evenly, of those within the limit.

        Half are drawn with all sizes near a common level, because independent draws rarely give
        very small or very large networks.
        """
        log_macs = rng.uniform(*self._range)
        drawn = [self._end(min, kinds)]
        for number in range(CANDIDATES):
            level = rng.uniform() if number % 2 else None
            drawn.append(self._space.assemble(_near_level(rng, kinds, level)))
        logs = self._logs(drawn)
        distances = np.where(logs <= np.log(self._max_macs), np.abs(logs - log_macs), np.inf)
        return drawn[int(distances.argmin())]

    def _logs(self, specs: Sequence[MobileViTSpec]) -> NDArray[np.float64]:
        return np.log(count_costs_many(specs).macs)


def _is_size(axis: Axis) -> bool:
    """Return whether an axis has an order: numbers, or whether there is a block at all."""
    _, _, field = axis.name.rpartition(".")
    numbers = all(isinstance(c, int | float) and not isinstance(c, bool) for c in axis.choices)
    return field == "block" or (numbers and field not in OF_NO_SIZE)


def _shuffled(rng: np.random.Generator, kinds: Sequence[Kinds], count: int) -> list[Kinds]:
    """Return so many kinds, each about as often, in any order.

    Without the last permutation the largest and the smallest would never be of the same kind.
    """
    places: list[int] = []
    while len(places) < count:
        places += rng.permutation(len(kinds)).tolist()
    return [kinds[place] for place in rng.permutation(places[:count])]


def _near_level(
    rng: np.random.Generator, kinds: Kinds, level: float | None
) -> Callable[[Axis], Value]:
    """Return how one network is drawn: its sizes near a level from 0 to 1, or each by itself."""

    def choose(axis: Axis) -> Value:
        choices = sorted(kinds.get(axis.name, axis.choices))
        if level is None:
            return choices[int(rng.integers(len(choices)))]
        return choices[int(rng.binomial(len(choices) - 1, level))]

    return choose


def _at(places: Mapping[str, int], kinds: Kinds) -> Callable[[Axis], Value]:
    """Return how a network is made with the choices at some places, the first by default."""

    def choose(axis: Axis) -> Value:
        choices = sorted(kinds.get(axis.name, axis.choices))
        first = len(choices) - 1 if axis.name.endswith(".block") else 0
        return choices[min(places.get(axis.name, first), len(choices) - 1)]

    return choose
