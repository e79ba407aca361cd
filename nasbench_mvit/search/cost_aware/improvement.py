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

CHUNK = 2_000_000  # numbers of an intermediate array
LARGEST_Z = 40.0


def undominated_boxes(points_NM: Floats, reference_M: Floats) -> tuple[Floats, Floats]:
    """Cut what is better than the reference and dominated by no point into boxes.

    Args:
        points_NM: known values.
        reference_M: the worst that counts.

    Returns:
        Lower and upper corners, (B, M) each; a lower corner may be at minus infinity.
    """
    inside = points_NM[(points_NM < reference_M).all(axis=1)]
    boxes = _boxes(inside, reference_M)
    lower_BM = np.array([box[0] for box in boxes]).reshape(-1, len(reference_M))
    upper_BM = np.array([box[1] for box in boxes]).reshape(-1, len(reference_M))
    return lower_BM, upper_BM


def _boxes(points: Floats, reference: Floats) -> list[tuple[list[float], list[float]]]:
    """Slice along the last objective; within a slice only the points before it count."""
    if len(reference) == 1:
        best = min(points[:, 0], default=float(reference[0]))
        return [([-np.inf], [float(best)])]
    points = nondominated(points)
    levels = np.unique(points[:, -1])
    edges = [-np.inf, *levels.tolist(), float(reference[-1])]
    found = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        before = points[points[:, -1] <= low][:, :-1]
        found += [
            ([*lower, low], [*upper, high]) for lower, upper in _boxes(before, reference[:-1])
        ]
    return found


def nondominated(points_NM: Floats) -> Floats:
    """Return the points that no other one dominates, each once."""
    points_NM = np.unique(points_NM, axis=0)
    is_no_worse = (points_NM[:, None, :] <= points_NM[None, :, :]).all(axis=2)
    front: Floats = points_NM[is_no_worse.sum(axis=0) == 1]  # each is no worse than itself
    return front


def expected_improvement(
    mean_CM: Floats, sd_CM: Floats, lower_BM: Floats, upper_BM: Floats
) -> Floats:
    """Return the expected gain in hypervolume of each candidate, (C,).

    Args:
        mean_CM: expected values.
        sd_CM: standard deviations, 0 for what is known.
        lower_BM: lower corners of the boxes of ``undominated_boxes``.
        upper_BM: upper corners.
    """
    gain_C = np.zeros(len(mean_CM))
    step = max(1, CHUNK // max(1, lower_BM.size))
    for start in range(0, len(mean_CM), step):
        part = slice(start, start + step)
        gain_CB = np.ones((1, 1))
        for m in range(mean_CM.shape[1]):
            mean_C, sd_C = mean_CM[part, m], sd_CM[part, m]
            upper_CB = _shortfall(upper_BM[:, m], mean_C, sd_C)
            gain_CB = gain_CB * (upper_CB - _shortfall(lower_BM[:, m], mean_C, sd_C))
        gain_C[part] = gain_CB.sum(axis=1)
    return gain_C


def _shortfall(bounds_B: Floats, mean_C: Floats, sd_C: Floats) -> Floats:
    """Return E[max(0, bound - value)], (C, B); many boxes have the same bounds."""
    levels_L, places_B = np.unique(bounds_B, return_inverse=True)
    gap_CL = levels_L[None, :] - mean_C[:, None]
    value_CL = np.maximum(gap_CL, 0.0)
    uncertain = sd_C > 0
    if uncertain.any():
        gap, spread = gap_CL[uncertain], sd_C[uncertain, None]
        z = np.maximum(gap / spread, -LARGEST_Z)  # below it the expectation is 0
        density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
        value_CL[uncertain] = spread * (z * ndtr(z) + density)
    return value_CL[:, places_B]
