"""Anytime performance of a search, and the gain of a front over given networks."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_mvit.analysis.pareto import hypervolume


def hypervolume_curve(
    top1: ArrayLike, latency_ms: ArrayLike, *, worst_top1: float, worst_latency_ms: float
) -> NDArray[np.float64]:
    """Return the hypervolume after each network.

    Args:
        top1: accuracies as fractions, shape (N,), in the order of evaluation; NaN for a network
            that does not count.
        latency_ms: latencies in milliseconds, shape (N,).
        worst_top1: accuracy of the reference point, as of ``analysis.pareto.hypervolume``.
        worst_latency_ms: latency of the reference point.

    Returns:
        Areas in fraction × milliseconds, shape (N,), never decreasing.
    """
    accuracies = np.asarray(top1, dtype=float)
    latencies = np.asarray(latency_ms, dtype=float)
    front: list[tuple[float, float]] = []  # (latency, accuracy), both ascending
    area, areas = 0.0, np.zeros(len(accuracies))
    for index, (accuracy, latency) in enumerate(zip(accuracies, latencies, strict=True)):
        if np.isfinite(accuracy) and np.isfinite(latency) and _join(front, latency, accuracy):
            area = hypervolume(
                [point[1] for point in front],
                [point[0] for point in front],
                worst_top1=worst_top1,
                worst_latency_ms=worst_latency_ms,
            )
        areas[index] = area
    return areas


def _join(front: list[tuple[float, float]], latency: float, accuracy: float) -> bool:
    """Add a point to the front unless another is as good; drop those it dominates."""
    place = bisect_right(front, (latency, np.inf))
    if place and front[place - 1][1] >= accuracy:
        return False
    worse = place
    while worse < len(front) and front[worse][1] <= accuracy:
        worse += 1
    start = place
    while start and front[start - 1][0] == latency:
        start -= 1
    front[start:worse] = [(latency, accuracy)]
    return True


@dataclass(frozen=True)
class Gain:
    """The gain of a front over one network; indices are positions in the front, None without one.

    Attributes:
        top1: best accuracy at no more latency, minus the network's, as a fraction.
        top1_index: index of the network with that accuracy.
        latency_ms: the network's latency minus the lowest at no less accuracy, in milliseconds.
        latency_index: index of the network with that latency.
    """

    top1: float | None
    top1_index: int | None
    latency_ms: float | None
    latency_index: int | None


def gain_over(
    front_top1: ArrayLike, front_latency_ms: ArrayLike, *, top1: float, latency_ms: float
) -> Gain:
    """Compare a front of F networks with one network.

    Args:
        front_top1: accuracies as fractions, shape (F,).
        front_latency_ms: latencies in milliseconds, shape (F,).
        top1: accuracy of the network.
        latency_ms: its latency.
    """
    accuracies = np.asarray(front_top1, dtype=float)
    latencies = np.asarray(front_latency_ms, dtype=float)
    fast = np.flatnonzero(latencies <= latency_ms)
    good = np.flatnonzero(accuracies >= top1)
    best = int(fast[np.argmax(accuracies[fast])]) if len(fast) else None
    quickest = int(good[np.argmin(latencies[good])]) if len(good) else None
    return Gain(
        top1=None if best is None else float(accuracies[best] - top1),
        top1_index=best,
        latency_ms=None if quickest is None else float(latency_ms - latencies[quickest]),
        latency_index=quickest,
    )
