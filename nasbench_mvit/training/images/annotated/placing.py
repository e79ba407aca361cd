"""Places of squares on a canvas, whole and with little overlap.

Axes: B canvases, G squares per canvas, D draws. Coordinates run from -1 to 1 over a canvas.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def spread_centres(rng: np.random.Generator, half_BG: Floats, *, draws: int) -> Floats:
    """Return the (B, G, 2) centres x, y of squares, drawn one after the other.

    Args:
        rng: what draws.
        half_BG: half the side of each.
        draws: places tried for each, of which the one with the least overlap is taken.
    """
    canvases, count = half_BG.shape
    centre_BG2 = np.zeros((canvases, count, 2))
    for square in range(count):
        spare_B1 = 1 - half_BG[:, square, None]
        tried_DB2 = rng.uniform(-1, 1, size=(draws, canvases, 2)) * spare_B1
        gap_DBG = np.abs(tried_DB2[:, :, None] - centre_BG2[:, :square]).max(3)
        gap_DBG -= half_BG[:, square, None] + half_BG[:, :square]
        best_B = gap_DBG.min(2, initial=np.inf).argmax(0)
        centre_BG2[:, square] = tried_DB2[best_B, np.arange(canvases)]
    return centre_BG2
