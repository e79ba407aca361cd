"""The Pareto front of accuracy (higher is better) against latency (lower is better)."""

from bisect import bisect_right

import numpy as np
from numpy.typing import ArrayLike, NDArray


def pareto_front(top1: ArrayLike, latency_ms: ArrayLike) -> NDArray[np.bool_]:
    """Mark the networks that no other one dominates.

    A network dominates another when it is at least as good in both objectives and better in one.
    Of networks equal in both, all are marked. A network with a NaN or an infinite value is never
    marked and dominates nothing.

    Args:
        top1: accuracies, shape (N,).
        latency_ms: latencies in milliseconds, shape (N,).

    Returns:
        A mask of shape (N,).
    """
    mask: NDArray[np.bool_] = nondominated_ranks(top1, latency_ms) == 0
    return mask


def nondominated_ranks(top1: ArrayLike, latency_ms: ArrayLike) -> NDArray[np.int_]:
    """Return the front of each network: 0 is the Pareto front, 1 that of the others, and so on.

    Networks equal in both objectives share a front. One with a NaN or an infinite value dominates
    nothing and is ranked last, at N.

    Args:
        top1: accuracies, shape (N,).
        latency_ms: latencies in milliseconds, shape (N,).

    Returns:
        Ranks of shape (N,), in O(N log N) time.
    """
    accuracy = np.asarray(top1, dtype=float)
    latency = np.asarray(latency_ms, dtype=float)
    valid = np.isfinite(accuracy) & np.isfinite(latency)
    ranks = np.full(accuracy.shape, len(accuracy))
    negated: list[float] = []  # the best accuracy of each front so far, ascending
    before, rank = None, 0
    order = np.lexsort((-accuracy, latency))
    for index in order[valid[order]]:
        if (point := (accuracy[index], latency[index])) != before:
            rank = bisect_right(negated, -accuracy[index])  # of fronts that dominate it
            negated[rank : rank + 1] = [-accuracy[index]]  # replaces the best, or begins a front
        ranks[index], before = rank, point
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
