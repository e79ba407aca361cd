"""Rungs: asynchronous successive halving that compares networks of like latency.

Halving (Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020) stops at
each rung, a fraction of the training, whoever is not among the best of those that reached it. With
two objectives the best are the first fronts of the non-dominated sorting of (accuracy at this rung,
latency), as in Schmucker et al., "Multi-objective Asynchronous Successive Halving" (2021). Latency
is known before training, so what a rung leaves open is accuracy alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nasbench_mvit.analysis.pareto import nondominated_ranks


@dataclass(frozen=True)
class Standing:
    """What is known of a network at a rung: top-1 as a fraction, latency in milliseconds."""

    top1: float
    latency_ms: float


class Rungs:
    """Who has reached each rung, and whether one who is there goes on.

    A network that nobody at its rung dominates always goes on: a slower one, however accurate,
    never stops it. Any other goes on while fewer than one in ``reduction`` of those at the rung
    are on an earlier front than its own; those on one front share their lot. The first to arrive
    has nobody to compare with and goes on.

    The standings are all there is to remember, and their order does not matter, so that the class
    is rebuilt from stored curves by entering them again.
    """

    def __init__(self, fractions: Sequence[float], reduction: float) -> None:
        """Begin with nobody at the rungs.

        Args:
            fractions: of the training, one for each rung.
            reduction: above 1; about one in so many goes on from a rung.
        """
        self._reduction = reduction
        self._standings: dict[float, dict[int, Standing]] = {rung: {} for rung in fractions}

    @property
    def standings(self) -> dict[float, dict[int, Standing]]:
        """For each rung the trials that reached it."""
        return {rung: dict(trials) for rung, trials in self._standings.items()}

    def enter(self, trial: int, rung: float, standing: Standing) -> None:
        """Note that a trial reached a rung; again changes nothing.

        Raises:
            KeyError: there is no such rung.
        """
        self._standings[rung][trial] = standing

    def discard(self, trial: int) -> None:
        """Forget a trial, which failed: what never comes to the front must not stop others."""
        for trials in self._standings.values():
            trials.pop(trial, None)

    def keeps(self, trial: int, rung: float) -> bool:
        """Say whether a trial that was entered at a rung goes on from there."""
        trials = self._standings[rung]
        ranks = nondominated_ranks(
            [standing.top1 for standing in trials.values()],
            [standing.latency_ms for standing in trials.values()],
        )
        own = ranks[list(trials).index(trial)]
        return bool((ranks < own).sum() < len(trials) / self._reduction)
