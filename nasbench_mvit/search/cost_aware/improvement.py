"""Expected hypervolume improvement, exact for independent normal objectives.

The region that no known point dominates is cut into boxes; what a candidate adds to the hypervolume
is then a sum over boxes of products over objectives, and so is its expectation (Emmerich, Deutz &
Klinkenberg, 2011). An objective known beforehand is a normal one of no spread.

All objectives are minimised. Axes: N known points, B boxes, M objectives, C candidates.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]

TINY = 1e-12
CHUNK = 2_000_000  # numbers of an intermediate array


def undominated_boxes(points_NM: Floats, reference_M: Floats) -> tuple[Floats, Floats]:
    """Cut what is better than the reference and dominated by no point into boxes.

    Args:
        points_NM: known values.
        reference_M: the worst that counts.

    Returns:
        Lower and upper corners, (B, M) each; a lower corner may be at minus infinity.
    """
    inside = points_NM[(points_NM < reference_M).all(axis=1)]
    boxes = list(_boxes(inside, reference_M))
    lower = np.array([box[0] for box in boxes]).reshape(-1, len(reference_M))
    upper = np.array([box[1] for box in boxes]).reshape(-1, len(reference_M))
    return lower, upper


def _boxes(points: Floats, reference: Floats) -> list[tuple[list[float], list[float]]]:
    """Slice along the last objective; within a slice only the points before it count."""
    if len(reference) == 1:
        best = min(points[:, 0], default=float(reference[0]))
        return [([-np.inf], [float(best)])]
    levels = np.unique(points[:, -1])
    edges = [-np.inf, *levels.tolist(), float(reference[-1])]
    found = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        before = points[points[:, -1] <= low][:, :-1]
        found += [
            ([*lower, low], [*upper, high]) for lower, upper in _boxes(before, reference[:-1])
        ]
    return found


def expected_improvement(
    mean_CM: Floats, sd_CM: Floats, lower_BM: Floats, upper_BM: Floats
) -> Floats:
    """Return the expected gain in hypervolume of each candidate, (C,).

    Args:
        mean_CM: expected values.
        sd_CM: standard deviations, 0 for what is known.
        lower_BM, upper_BM: the boxes of ``undominated_boxes``.
    """
    gain_C = np.zeros(len(mean_CM))
    step = max(1, CHUNK // max(1, lower_BM.size))
    for start in range(0, len(mean_CM), step):
        part = slice(start, start + step)
        sides = [
            _shortfall(upper_BM[:, m], mean_CM[part, m], sd_CM[part, m])
            - _shortfall(lower_BM[:, m], mean_CM[part, m], sd_CM[part, m])
            for m in range(mean_CM.shape[1])
        ]
        gain_C[part] = np.prod(sides, axis=0).sum(axis=1)
    return gain_C


def _shortfall(bounds_B: Floats, mean_C: Floats, sd_C: Floats) -> Floats:
    """Return E[max(0, bound - value)], (C, B)."""
    gap_CB = bounds_B[None, :] - mean_C[:, None]
    spread_C1 = np.maximum(sd_C, TINY)[:, None]
    z_CB = gap_CB / spread_C1
    with np.errstate(invalid="ignore"):
        value_CB = gap_CB * ndtr(z_CB) + spread_C1 * np.exp(-0.5 * z_CB**2) / np.sqrt(2 * np.pi)
    value_CB = np.where(sd_C[:, None] > 0, value_CB, np.maximum(gap_CB, 0.0))
    finite: Floats = np.where(np.isneginf(gap_CB), 0.0, value_CB)
    return finite
