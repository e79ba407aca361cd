"""The networks of an update by the sandwich rule: the largest, the smallest and some between.

Those between are spread evenly over the logarithm of the multiply-adds, however many networks a
space has of each size.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.axis import Axis
from nasbench_mvit.architecture.fields import Value
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many

NUM_BETWEEN = 2
CANDIDATES = 8  # drawn for each network between, of which one is taken
OF_NO_SIZE = ("patch", "heads")  # axes of numbers that neither add nor remove weights


class Sandwich:
    """Draws networks of a space; equal spaces, seeds and steps give equal networks."""

    def __init__(self, space: SearchSpace, seed: int) -> None:
        self._space, self._seed = space, seed
        rng = np.random.default_rng(seed)
        self._range = [self._logs([self._end(rng, pick)])[0] for pick in (min, max)]

    def networks(self, step: int) -> list[MobileViTSpec]:
        """Return the networks of an update, the largest first and the smallest next.

        Attention, fusion and what else has no size are drawn for each.
        """
        rng = np.random.default_rng((self._seed, step))
        ends = [self._end(rng, pick) for pick in (max, min)]
        return ends + [self._between(rng) for _ in range(NUM_BETWEEN)]

    def largest(self) -> MobileViTSpec:
        """Return a largest network, always the same."""
        return self._end(np.random.default_rng(self._seed), max)

    def _end(
        self, rng: np.random.Generator, pick: Callable[[Sequence[Value]], Value]
    ) -> MobileViTSpec:
        def choose(axis: Axis) -> Value:
            if axis.name.rpartition(".")[2] in OF_NO_SIZE or not _is_size(axis):
                return axis.choices[int(rng.integers(len(axis.choices)))]
            return pick(axis.choices)

        return self._space.assemble(choose)

    def _between(self, rng: np.random.Generator) -> MobileViTSpec:
        drawn = [self._space.sample(rng) for _ in range(CANDIDATES)]
        distances = np.abs(self._logs(drawn) - rng.uniform(*self._range))
        return drawn[int(distances.argmin())]

    def _logs(self, specs: Sequence[MobileViTSpec]) -> NDArray[np.float64]:
        return np.log(count_costs_many(specs).macs)


def _is_size(axis: Axis) -> bool:
    """Return whether an axis has an order: numbers, or whether there is a block at all."""
    numbers = all(isinstance(c, int | float) and not isinstance(c, bool) for c in axis.choices)
    return numbers or axis.name.endswith(".block")
