"""The costs and savings of early stopping: searches replayed over stored learning curves.

Axes: N networks, F fractions of a training.
"""

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.analysis.anytime import hypervolume_curve
from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.search.loop.rungs import Rungs, Standing
from nasbench_mvit.search.study.sections import Pruning, Reference

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curves:
    """Finished trainings of networks, one each.

    Attributes:
        top1: top-1 after each of F equal fractions, the last of which is the end, (N, F).
        seconds: processor seconds spent until then, (N, F).
        latency_ms: latency of the networks in milliseconds, (N,).
    """

    top1: Floats
    seconds: Floats
    latency_ms: Floats

    @classmethod
    def from_frames(cls, top1: pd.DataFrame, seconds: pd.DataFrame, latency_ms: pd.Series) -> Self:
        """Use tables whose rows are networks and whose columns are fractions, ascending.

        Args:
            top1: top-1 as fractions of 1.
            seconds: processor seconds spent until then.
            latency_ms: latency of the selected networks.
        """
        names = list(latency_ms.index)
        return cls(
            top1.loc[names].to_numpy(float),
            seconds.loc[names].to_numpy(float),
            latency_ms.to_numpy(float),
        )

    def __len__(self) -> int:
        """Return the number of networks."""
        return len(self.latency_ms)


@dataclass(frozen=True, eq=False)
class Trace:
    """One search on a simulated clock.

    Attributes:
        finished: networks trained to their end, in order.
        spent_s: processor seconds of all trainings at the end of each of them.
        total_s: processor seconds of all trainings.
        stopped: number of networks stopped at a rung.
    """

    finished: tuple[int, ...]
    spent_s: Floats
    total_s: float
    stopped: int

    def hypervolumes(self, curves: Curves, reference: Reference) -> Floats:
        """Return the hypervolume of the finished networks after each of them."""
        finished = list(self.finished)
        return hypervolume_curve(
            curves.top1[finished, -1],
            curves.latency_ms[finished],
            worst_top1=reference.top1,
            worst_latency_ms=reference.worst(FrontRule.POINT),
        )


class StoppingRule:
    """The rule that decides at a fraction whether a training goes on."""

    def __init__(self, curves: Curves, pruning: Pruning | None, *, by_latency: bool = True) -> None:
        """Begin a search.

        Args:
            curves: the curves of the trainings.
            pruning: the rungs and the reduction; None stops no training.
            by_latency: whether networks are compared by accuracy and latency; otherwise by accuracy
                alone, as in successive halving of one objective.
        """
        num_parts = curves.top1.shape[1]
        self._curves = curves
        self._by_latency = by_latency
        self._parts = () if pruning is None else pruning.parts(num_parts)
        self._rungs = Rungs(self._parts, 1.0 if pruning is None else pruning.reduction)

    def keeps(self, network: int, part: int) -> bool:
        """Return whether ``network`` goes on after the first ``part`` fractions."""
        if part not in self._parts:
            return True
        latency = float(self._curves.latency_ms[network]) if self._by_latency else 0.0
        top1 = float(self._curves.top1[network, part - 1])
        self._rungs.enter(network, part, Standing(top1, latency, latency))
        return self._rungs.promotes(network, part)


def replay(curves: Curves, order: Sequence[int], rule: StoppingRule, *, workers: int) -> Trace:
    """Simulate the trainings of networks in an order by ``workers`` processes.

    Args:
        curves: curves of the networks.
        order: order in which they are proposed.
        rule: the rule that decides at the rungs.
        workers: number of concurrent trainings.
    """
    num_parts = curves.top1.shape[1]
    waiting, ties = iter(order), itertools.count()
    due = [(0.0, next(ties), network, 0) for network in itertools.islice(waiting, workers)]
    finished, spent, now, total, stopped = [], [], 0.0, 0.0, 0
    while due:
        seconds, _, network, part = heapq.heappop(due)
        total += (seconds - now) * (len(due) + 1)  # the running ones until now
        now = seconds
        if part == num_parts:
            finished.append(network)
            spent.append(total)
        elif part == 0 or rule.keeps(network, part):
            needed = np.diff(curves.seconds[network], prepend=0.0)[part]
            heapq.heappush(due, (now + needed, next(ties), network, part + 1))
            continue
        else:
            stopped += 1
        for following in itertools.islice(waiting, 1):
            heapq.heappush(due, (now, next(ties), following, 0))
    return Trace(tuple(finished), np.array(spent), float(total), stopped)
