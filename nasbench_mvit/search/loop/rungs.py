"""Rungs: asynchronous successive halving that compares networks of similar cost.

Halving (Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020) stops the
networks that are not among the best at a rung, which is a fraction of the training. With two
objectives the best are the first fronts of the non-dominated sorting of (accuracy at this rung,
cost), as in Schmucker et al., "Multi-objective Asynchronous Successive Halving" (2021). The cost
is known before training, so only the accuracy changes between rungs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nasbench_mvit.analysis.pareto import nondominated_ranks


@dataclass(frozen=True)
class Standing:
    """The objectives of a network at a rung, as ``analysis.pareto.front_costs`` has them.

    Attributes:
        top1: a fraction.
        cost: latency or peak memory with which it dominates others.
        dominated_cost: that with which others dominate it.
    """

    top1: float
    cost: float
    dominated_cost: float


class Rungs:
    """The networks at each rung, and the rule by which they are promoted.

    A network that no other at its rung dominates is always promoted: a slower one, however
    accurate, never stops it. Any other is promoted while fewer than one in ``reduction`` of the
    networks at the rung are on an earlier front than its own; networks on one front are treated
    alike. The first to arrive is promoted.

    The standings are the whole state, in any order, so that it is restored by entering the stored
    curves again.
    """

    def __init__(self, fractions: Sequence[float], reduction: float) -> None:
        """Begin with empty rungs.

        Args:
            fractions: fraction of the training of each rung.
            reduction: the reduction factor: about one network in ``reduction`` is promoted.
        """
        self._reduction = reduction
        self._standings: dict[float, dict[int, Standing]] = {rung: {} for rung in fractions}

    @property
    def standings(self) -> dict[float, dict[int, Standing]]:
        """The trials at each rung, with their objectives."""
        return {rung: dict(trials) for rung, trials in self._standings.items()}

    def enter(self, trial: int, rung: float, standing: Standing) -> None:
        """Enter a trial at a rung; a repeated entry changes nothing.

        Raises:
            KeyError: there is no such rung.
        """
        self._standings[rung][trial] = standing

    def discard(self, trial: int) -> None:
        """Remove a failed trial: a network that cannot be on the front must not stop others."""
        for trials in self._standings.values():
            trials.pop(trial, None)

    def promotes(self, trial: int, rung: float) -> bool:
        """Return whether a trial at a rung is promoted to the next."""
        trials = self._standings[rung]
        ranks = nondominated_ranks(
            [standing.top1 for standing in trials.values()],
            [standing.cost for standing in trials.values()],
            [standing.dominated_cost for standing in trials.values()],
        )
        own = ranks[list(trials).index(trial)]
        return bool((ranks < own).sum() < len(trials) / self._reduction)
