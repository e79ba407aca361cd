"""Expected hypervolume improvement, exact for independent normal objectives.

The region that no known point dominates is cut into boxes; the hypervolume that a candidate adds is
then a sum over boxes of products over objectives, and so is its expectation (Emmerich, Deutz &
Klinkenberg, 2011). A cheap objective is a normal one with standard deviation 0.

All objectives are minimised. Axes: N known points, B boxes, M objectives, C candidates.
"""

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]

CHUNK = 2_000_000  # elements of an intermediate array
LARGEST_Z = 40.0
TINY = 1e-12


def undominated_boxes(points_NM: Floats, reference_M: Floats) -> tuple[Floats, Floats]:
    """Cut the region that is better than the reference and dominated by no point into boxes.

    Args:
        points_NM: known values.
        reference_M: the worst values that count.

    Returns:
        Lower and upper corners, (B, M) each; a lower corner may be at minus infinity.
    """
    inside = points_NM[(points_NM < reference_M).all(axis=1)]
    boxes = _boxes(inside, reference_M)
    lower_BM = np.array([box[0] for box in boxes]).reshape(-1, len(reference_M))
    upper_BM = np.array([box[1] for box in boxes]).reshape(-1, len(reference_M))
    return lower_BM, upper_BM


def _boxes(points: Floats, reference: Floats) -> list[tuple[list[float], list[float]]]:
    """Slice along the last objective; only the points before a slice bound its boxes."""
    if len(reference) == 1:
        best = min(points[:, 0], default=float(reference[0]))
        return [([-np.inf], [float(best)])]
    points = nondominated(points)
    levels = np.unique(points[:, -1])
    edges = [-np.inf, *levels.tolist(), float(reference[-1])]
    found = []
    for low, high in itertools.pairwise(edges):
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


def expected_hypervolume_improvement(
    mean_CM: Floats,
    sd_CM: Floats,
    boxes_BM: tuple[Floats, Floats],
    origins_M: Floats,
) -> Floats:
    """Return the expected gain in hypervolume of each candidate, (C,).

    Args:
        mean_CM: expected targets.
        sd_CM: standard deviations, 0 for cheap objectives.
        boxes_BM: lower and upper corners of the boxes of ``undominated_boxes``.
        origins_M: for each objective the number that is added to the exponential of the target to
            give the value; minus infinity where the value is the target.
    """
    lower_BM, upper_BM = boxes_BM
    gain_C = np.zeros(len(mean_CM))
    step = max(1, CHUNK // max(1, lower_BM.size))
    for start in range(0, len(mean_CM), step):
        part = slice(start, start + step)
        gain_CB = np.ones((1, 1))
        for m in range(mean_CM.shape[1]):
            expected = _Shortfall(mean_CM[part, m], sd_CM[part, m], float(origins_M[m]))
            gain_CB = gain_CB * (expected(upper_BM[:, m]) - expected(lower_BM[:, m]))
        gain_C[part] = gain_CB.sum(axis=1)
    return gain_C


class _Shortfall:
    """The expectation E[max(0, bound - value)] of a normal or shifted log-normal value."""

    def __init__(self, mean_C: Floats, sd_C: Floats, origin: float) -> None:
        self._mean_C1, self._sd_C1, self._origin = mean_C[:, None], sd_C[:, None], origin

    def __call__(self, bounds_B: Floats) -> Floats:
        """Return the expectation for each candidate and bound, (C, B).

        Many boxes share their bounds, so each distinct bound is computed once.
        """
        levels_L, places_B = np.unique(bounds_B, return_inverse=True)
        if not self._sd_C1.any():
            expected_CL = np.maximum(levels_L - self._values(), 0.0)
        elif np.isneginf(self._origin):
            expected_CL = self._normal(levels_L)
        else:
            expected_CL = self._log_normal(levels_L)
        return expected_CL[:, places_B]

    def _values(self) -> Floats:
        if np.isneginf(self._origin):
            return self._mean_C1
        values_C1: Floats = self._origin + np.exp(self._mean_C1)
        return values_C1

    def _normal(self, levels_L: Floats) -> Floats:
        spread_C1 = np.maximum(self._sd_C1, TINY)
        z_CL = np.maximum(
            (levels_L - self._mean_C1) / spread_C1, -LARGEST_Z
        )  # the expectation is 0 below
        density_CL = np.exp(-0.5 * z_CL**2) / np.sqrt(2 * np.pi)
        expected_CL: Floats = spread_C1 * (z_CL * ndtr(z_CL) + density_CL)
        return expected_CL

    def _log_normal(self, levels_L: Floats) -> Floats:
        spread_C1 = np.maximum(self._sd_C1, TINY)
        room_L = np.maximum(levels_L - self._origin, TINY)
        z_CL = (np.log(room_L) - self._mean_C1) / spread_C1
        mean_C1 = np.exp(self._mean_C1 + 0.5 * spread_C1**2)
        expected_CL: Floats = room_L * ndtr(z_CL) - mean_C1 * ndtr(z_CL - spread_C1)
        return np.maximum(expected_CL, 0.0)
