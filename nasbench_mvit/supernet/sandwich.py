"""The networks of an update by the sandwich rule: the largest, the smallest and some between.

Those between are spread evenly over the logarithm of the multiply-adds, however many networks a
space has of each size, and none has more than a limit: what no search would take need not be
trained. Parts with weights of their own are dealt out like cards: of each kind of fusion, of
attention and of the others an update has about as many networks, whatever their size.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.axis import Axis
from nasbench_mvit.architecture.fields import Value
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs, count_costs_many

NUM_BETWEEN = 4
CANDIDATES = 8  # drawn for each network between, of which one is taken
LARGE = 32  # drawn for the largest, where the limit cuts off that of the space
OF_NO_SIZE = ("patch", "heads")  # axes of numbers that neither add nor remove weights

Choices = tuple[Value, ...]
Pick = Callable[..., Any]  # max or min
Kinds = Mapping[str, Choices]  # what is left to choose from of the axes that were dealt out


class Sandwich:
    """Draws networks of a space; equal spaces, seeds and steps give equal networks."""

    def __init__(self, space: SearchSpace, seed: int, max_macs: float = math.inf) -> None:
        """Take the networks of a space of at most ``max_macs``, as far as it has any."""
        self._space, self._seed, self._max_macs = space, seed, max_macs
        self._decks = [deck for axis in space.axes_in_order if (deck := self._deck(axis))]
        self._largest = self._top(np.random.default_rng(seed), self._kinds(max))
        self._sizes = space.assignment(self._largest)
        self._range = self._logs([self._end(min, self._kinds(min)), self._largest])

    def networks(self, step: int) -> list[MobileViTSpec]:
        """Return the networks of an update, the largest first and the smallest next.

        Attention, fusion and what else has no size vary in all of them; the sizes of both ends are
        the same in all updates.
        """
        rng = np.random.default_rng((self._seed, step))
        largest, smallest, *others = self._dealt(rng)
        ends = [self._sized(largest), self._end(min, smallest)]
        return ends + [self._between(rng, kinds) for kinds in others]

    def largest(self) -> MobileViTSpec:
        """Return a largest network, always the same."""
        return self._largest

    def _deck(self, axis: Axis) -> list[Kinds]:
        """Return the kinds of an axis, none of one that only has sizes.

        Zero is a kind beside all other numbers. Each fusion is dealt with each of its projections,
        since each pair has weights of its own.
        """
        name, (stage, _, field) = axis.name, axis.name.rpartition(".")
        if _is_size(axis):
            others = tuple(choice for choice in axis.choices if choice)
            has_zero = field != "block" and 0 < len(others) < len(axis.choices)
            return [{name: (0,)}, {name: others}] if has_zero else []
        paired = f"{stage}.projection"
        projections = sorted(self._space.values().get(paired, ()), key=str)
        if name == paired:
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

    def _dealt(self, rng: np.random.Generator) -> list[Kinds]:
        """Return the kinds of each network of an update."""
        count = 2 + NUM_BETWEEN
        hands: list[dict[str, Choices]] = [{} for _ in range(count)]
        for deck in self._decks:
            for hand, card in zip(hands, _shuffled(rng, deck, count), strict=True):
                hand.update(card)
        return list(hands)

    def _end(self, pick: Pick, kinds: Kinds) -> MobileViTSpec:
        return self._space.assemble(lambda axis: pick(kinds.get(axis.name, axis.choices)))

    def _kinds(self, pick: Pick) -> Kinds:
        """Return of each deck the kinds with the most or fewest multiply-adds, as the sizes."""
        kinds = {name: choices for deck in self._decks for name, choices in deck[0].items()}
        for deck in self._decks:
            ends = [self._end(pick, {**kinds, **card}) for card in deck]
            macs = count_costs_many(ends).macs.tolist()
            kinds |= pick(zip(macs, deck, strict=True), key=itemgetter(0))[1]
        return kinds

    def _sized(self, kinds: Kinds) -> MobileViTSpec:
        """Return the network of some kinds that has the sizes of the largest."""

        def choose(axis: Axis) -> Value:
            choices, size = kinds.get(axis.name, axis.choices), self._sizes.get(axis.name)
            return max(choices) if size is None or size not in choices else size

        return self._space.assemble(choose)

    def _top(self, rng: np.random.Generator, kinds: Kinds) -> MobileViTSpec:
        """Return the largest network of some kinds, or of those drawn within the limit."""
        largest = self._end(max, kinds)
        if count_costs(largest).macs <= self._max_macs:
            return largest
        return self._nearest(rng, kinds, LARGE, np.log(self._max_macs))

    def _between(self, rng: np.random.Generator, kinds: Kinds) -> MobileViTSpec:
        """Return the candidate that is nearest to a size drawn evenly."""
        return self._nearest(rng, kinds, CANDIDATES, rng.uniform(*self._range))

    def _nearest(
        self, rng: np.random.Generator, kinds: Kinds, count: int, log_macs: float
    ) -> MobileViTSpec:
        """Return the one nearest to a size of ``count`` networks drawn within the limit.

        Half of them have a level that all their sizes are near: of sizes drawn one by one hardly
        any network is among the smallest or the largest.
        """
        drawn = [self._end(min, kinds)]
        for number in range(count):
            level = rng.uniform() if number % 2 else None
            drawn.append(self._space.assemble(_chooser(rng, kinds, level)))
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


def _shuffled(rng: np.random.Generator, deck: Sequence[Kinds], count: int) -> list[Kinds]:
    """Return so many cards of shuffled decks, in any order.

    Dealt deck after deck, the largest and the smallest would never have the same card.
    """
    places: list[int] = []
    while len(places) < count:
        places += rng.permutation(len(deck)).tolist()
    return [deck[place] for place in rng.permutation(places[:count])]


def _chooser(
    rng: np.random.Generator, kinds: Kinds, level: float | None
) -> Callable[[Axis], Value]:
    """Return how one network is drawn: its sizes near a level from 0 to 1, or each by itself."""

    def choose(axis: Axis) -> Value:
        choices = sorted(kinds.get(axis.name, axis.choices))
        if level is None:
            return choices[int(rng.integers(len(choices)))]
        return choices[int(rng.binomial(len(choices) - 1, level))]

    return choose
