"""The Pareto front of accuracy (higher is better) against latency or memory (lower is better).

A latency has an interval, and a study says by which part of it networks are compared, or that the
peak of memory counts instead (``FrontRule``). Reports, the dashboard, the sampler and pruning all
take the two costs of ``front_costs``: the one with which a network dominates others, and the one
with which others dominate it. Where a name here says latency and ms, it is that cost in its unit.
"""

import enum
from bisect import bisect_right

import numpy as np
from numpy.typing import ArrayLike, NDArray

WIDEST = 1e6  # spread of an interval that begins at nothing
UNKNOWN_SPREAD = 1.6  # upper over lower end of an interval, above which a latency counts as unknown


class FrontRule(enum.StrEnum):
    """What decides whether a network costs less than another.

    ``POINT`` is the predicted latency; ``UPPER`` the upper end of its interval; with ``SUPPORTED``
    a network is no slower than another only where its upper end is at most the other's lower end.
    ``MEMORY`` is the peak memory of activations in place of the latency, which has no interval.
    """

    POINT = "point"
    UPPER = "upper"
    SUPPORTED = "supported"
    MEMORY = "memory"

    @property
    def column(self) -> str:
        """Name of the cost, as tables, limits and objectives have it."""
        return "peak_activation_mb" if self is FrontRule.MEMORY else "latency_ms"

    @property
    def front_column(self) -> str:
        """Column of the costs with which networks dominate others."""
        return self.column if self is FrontRule.MEMORY else "latency_front_ms"

    @property
    def unit(self) -> str:
        """Unit of the cost."""
        return "MB" if self is FrontRule.MEMORY else "ms"

    @property
    def noun(self) -> str:
        """The cost in a word."""
        return "peak memory" if self is FrontRule.MEMORY else "latency"

    @property
    def decided_by(self) -> str:
        """What decides which of two networks costs less, in words."""
        return _DECIDED_BY[self]

    @property
    def cheaper(self) -> str:
        """What a network is that costs less by this rule, in words."""
        return _CHEAPER[self]

    @property
    def less_and_more(self) -> tuple[str, str]:
        """What a network is that takes less, and one that takes more, of the cost itself."""
        if self is FrontRule.MEMORY:
            return "smaller in memory", "larger in memory"
        return "faster", "slower"


_DECIDED_BY = {
    FrontRule.POINT: "the predicted latency",
    FrontRule.UPPER: "the upper end of its interval",
    FrontRule.SUPPORTED: "only intervals that do not overlap",
    FrontRule.MEMORY: "the peak memory of activations, estimated by closed formulas",
}
_CHEAPER = {
    FrontRule.POINT: "faster",
    FrontRule.UPPER: "faster by the upper end of the interval",
    FrontRule.SUPPORTED: "faster as far as intervals tell",
    FrontRule.MEMORY: "smaller in memory",
}


def front_costs(
    rule: FrontRule, ms: ArrayLike, low: ArrayLike, high: ArrayLike, peak_mb: ArrayLike = ()
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the costs that decide dominance under a rule.

    A network dominates with the first, which also counts for the sampler and the hypervolume, and
    is dominated with the second. They differ under ``SUPPORTED`` alone, and there not for an
    interval so wide that the latency is unknown: nobody stays on a front by an optimistic end.

    Args:
        rule: the rule of the study.
        ms: predicted latencies in milliseconds, (N,).
        low: lower ends of their intervals, (N,).
        high: upper ends, (N,).
        peak_mb: peak memory of activations in megabytes, (N,); only ``MEMORY`` needs it.
    """
    if rule is FrontRule.MEMORY:
        peak = np.asarray(peak_mb, dtype=float)
        return peak, peak
    point, lower, upper = (np.asarray(end, dtype=float) for end in (ms, low, high))
    if rule is FrontRule.POINT:
        return point, point
    if rule is FrontRule.UPPER:
        return upper, upper
    return upper, np.where(is_unknown(lower, upper), upper, lower)


def spread(low: ArrayLike, high: ArrayLike) -> NDArray[np.float64]:
    """Return the upper over the lower ends of intervals, (N,)."""
    upper = np.asarray(high, dtype=float)
    return np.asarray(upper / np.maximum(low, np.maximum(upper, 1e-300) / WIDEST))


def is_unknown(low: ArrayLike, high: ArrayLike) -> NDArray[np.bool_]:
    """Return whether intervals, (N,), are so wide that the latencies count as unknown."""
    unknown: NDArray[np.bool_] = np.asarray(spread(low, high) > UNKNOWN_SPREAD)
    return unknown


def pareto_front(
    top1: ArrayLike, latency_ms: ArrayLike, dominated_ms: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """Mark the networks that no other one dominates.

    A network dominates another when it is at least as good in both objectives and better in one.
    Of networks equal in both, all are marked. A network with a NaN or an infinite value is never
    marked and dominates nothing.

    Args:
        top1: accuracies, shape (N,).
        latency_ms: latencies in milliseconds with which networks dominate others, shape (N,).
        dominated_ms: those with which others dominate them, none above the former; the same if
            left out.

    Returns:
        A mask of shape (N,).
    """
    mask: NDArray[np.bool_] = nondominated_ranks(top1, latency_ms, dominated_ms) == 0
    return mask


def nondominated_ranks(
    top1: ArrayLike, latency_ms: ArrayLike, dominated_ms: ArrayLike | None = None
) -> NDArray[np.int_]:
    """Return the front of each network: 0 is the Pareto front, 1 that of the others, and so on.

    Networks equal in both objectives share a front. One with a NaN or an infinite value dominates
    nothing and is ranked last, at N. The arguments are those of ``pareto_front``.

    Returns:
        Ranks of shape (N,), in O(N log N) time.
    """
    accuracy = np.asarray(top1, dtype=float)
    latency = np.asarray(latency_ms, dtype=float)
    dominated = latency if dominated_ms is None else np.asarray(dominated_ms, dtype=float)
    valid = np.isfinite(accuracy) & np.isfinite(latency) & np.isfinite(dominated)
    ranks = np.full(accuracy.shape, len(accuracy))
    negated: list[float] = []  # the best accuracy of each front so far, ascending
    arrivals, queries = (np.lexsort((-accuracy, ms)) for ms in (latency, dominated))
    # A network arrives once its latency is reached, when its own front is known already.
    arriving, place = arrivals[valid[arrivals]], 0
    for index in queries[valid[queries]]:
        here = (dominated[index], -accuracy[index])
        while (latency[arriving[place]], -accuracy[arriving[place]]) < here:
            other = arriving[place]
            front = ranks[other]
            best = min([-accuracy[other], *negated[front : front + 1]])
            negated[front : front + 1] = [best]
            place += 1
        ranks[index] = bisect_right(negated, -accuracy[index])  # the fronts that dominate it
    return ranks


def hypervolume(
    top1: ArrayLike, latency_ms: ArrayLike, *, worst_top1: float, worst_latency_ms: float
) -> float:
    """Return the area that the networks dominate, bounded by a fixed reference point.

    Args:
        top1: accuracies as fractions, shape (N,).
        latency_ms: latencies in milliseconds, shape (N,).
        worst_top1: accuracy of the reference point; less accurate networks add nothing.
        worst_latency_ms: latency of the reference point; slower networks add nothing.

    Returns:
        Area in fraction × milliseconds, 0 when no network is better than the reference.
    """
    accuracy = np.asarray(top1, dtype=float)
    latency = np.asarray(latency_ms, dtype=float)
    front = pareto_front(accuracy, latency)
    inside = front & (accuracy > worst_top1) & (latency < worst_latency_ms)
    order = np.argsort(latency[inside])
    latency, accuracy = latency[inside][order], accuracy[inside][order]
    widths = np.diff(np.append(latency, worst_latency_ms))
    return float(np.sum(widths * (accuracy - worst_top1)))
