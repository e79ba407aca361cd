"""Images scattered over a canvas: where each lies, and the canvas that results.

Where things lie tells a network nothing: it has to say which classes are on the canvas.

Axes: B canvases, G images per canvas, M = B · G, C channels, S side of a stored image, W side of
a canvas. Coordinates run from -1 to 1 over a canvas or an image.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nasbench_mvit.training.images.annotated.placing import spread_centres

SIDES = (0.6, 1.0)  # of the images, as a share of the canvas's side over the grid
DRAWS = 12  # places tried for each image, of which the one with the least overlap is taken


def scattered_places(rng: np.random.Generator, canvases: int, grid: int) -> NDArray[np.float32]:
    """Return the (B, G, 3) places of ``grid``² images: centre x, centre y, half the side.

    Each lies on the canvas whole.
    """
    count = grid**2
    half_BG = rng.uniform(*SIDES, size=(canvases, count)) / grid
    centre_BG2 = spread_centres(rng, half_BG, draws=DRAWS)
    return np.concatenate([centre_BG2, half_BG[..., None]], axis=2).astype(np.float32)


def scattered_canvases(
    stored_MCSS: Tensor, windows_M23: Tensor, places_BG3: NDArray[np.float32], side: int
) -> Tensor:
    """Return canvases (B, C, W, W), black where no image lies, the brightest where several do.

    Images are resampled with a triangle filter, as wide as a pixel of the coarser of the two.

    Args:
        stored_MCSS: the images, those of a canvas one after the other.
        windows_M23: the map from each image's square on the canvas to its stored pixels; it
            scales, mirrors and shifts.
        places_BG3: of the images, as ``scattered_places`` returns them.
        side: W in pixels.
    """
    device, stored = stored_MCSS.device, stored_MCSS.shape[-1]
    places_M3 = torch.from_numpy(places_BG3).to(device).flatten(0, 1)
    windows_M23 = windows_M23.to(device)
    columns_MWS, rows_MWS = (
        _resampling(places_M3[:, axis], places_M3[:, 2], windows_M23[:, axis], axis, side, stored)
        for axis in range(2)
    )
    images_MCWW = rows_MWS[:, None] @ stored_MCSS @ columns_MWS[:, None].transpose(2, 3)
    return images_MCWW.view(*places_BG3.shape[:2], *images_MCWW.shape[1:]).amax(1)


def _resampling(
    centre_M: Tensor, half_M: Tensor, window_M3: Tensor, axis: int, side: int, stored: int
) -> Tensor:
    """Return the share (M, W, S) of each stored pixel in each pixel of the canvas, on one axis."""
    pixels_W = (torch.arange(side, device=centre_M.device) + 0.5) * 2 / side - 1
    on_image_MW = (pixels_W - centre_M[:, None]) / half_M[:, None]
    scale_M, shift_M = window_M3[:, axis], window_M3[:, 2]
    stored_at_MW = scale_M[:, None] * on_image_MW + shift_M[:, None]
    at_MW = ((stored_at_MW + 1) * stored - 1) / 2
    width_M = (scale_M.abs() / half_M * stored / side).clamp(min=1)
    distance_MWS = (at_MW[..., None] - torch.arange(stored, device=centre_M.device)).abs()
    share_MWS = (1 - distance_MWS / width_M[:, None, None]).clamp(min=0)
    share_MWS = share_MWS / share_MWS.sum(2, keepdim=True).clamp(min=1e-6)
    return share_MWS * (on_image_MW.abs() <= 1)[..., None]
