"""Anytime performance of a search."""

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
    kept = np.zeros(0, dtype=int)  # indices of the front so far
    area, areas = 0.0, np.zeros(len(accuracies))
    for index, (accuracy, latency) in enumerate(zip(accuracies, latencies, strict=True)):
        beaten = (accuracies[kept] >= accuracy) & (latencies[kept] <= latency)
        if np.isfinite(accuracy) and np.isfinite(latency) and not beaten.any():
            survives = (accuracies[kept] > accuracy) | (latencies[kept] < latency)
            kept = np.append(kept[survives], index)
            area = hypervolume(
                accuracies[kept],
                latencies[kept],
                worst_top1=worst_top1,
                worst_latency_ms=worst_latency_ms,
            )
        areas[index] = area
    return areas
