"""The endless stream of canvases a proxy trains on, and the fixed canvases it is scored on.

Axes: B canvases, g cells per side, G = g² cells per canvas, N images, M cells of a batch,
C channels, H rows, W columns, s side of a cell, S side of a stored image.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from nasbench_mvit.training.images import ImageData, Split
from nasbench_mvit.training.recipe import ProxyConfig

RGB = 3
VALIDATION_ORDER_SEED = 0  # one arrangement for all networks and seeds


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Canvases with the labels of their cells, row by row.

    Attributes:
        canvases: (B, 3, H, W), float32 in [0, 1], channels last in memory.
        labels: (B, G), int64.
        counted: (B, G); False for a cell that repeats an image to fill the last canvas.
    """

    canvases: Tensor
    labels: Tensor
    counted: Tensor


class _Images:
    """A split on the device, grey kept grey until the canvas is done."""

    def __init__(self, split: Split, device: torch.device) -> None:
        self.pixels_NCSS = torch.from_numpy(split.images).to(device)
        self.labels_N = torch.from_numpy(split.labels).to(device)


class MosaicStream:
    """Canvases of ``mosaic_grid``² images each; a function of the seed and the step alone."""

    def __init__(
        self, data: ImageData, proxy: ProxyConfig, *, seed: int, device: torch.device
    ) -> None:
        self._proxy = proxy
        self._seed = seed
        self._device = device
        self._min_crop = data.min_crop
        self._train = _Images(data.train, device)
        self._val = _Images(data.val, device)
        rng = np.random.default_rng(VALIDATION_ORDER_SEED)
        self._val_order = rng.permutation(len(data.val))

    def training_batch(self, step: int) -> Batch:
        """Return the canvases of update ``step``: random images, crops and flips."""
        cells = self._proxy.batch_size * self._proxy.images_per_canvas
        rng = np.random.default_rng((self._seed, step))
        indices = rng.integers(len(self._train.labels_N), size=cells)
        counted = np.ones(cells, bool)
        return self._compose(self._train, indices, counted, self._jitter(rng, cells))

    def validation_batches(self, num_images: int | None = None) -> Iterator[Batch]:
        """Yield canvases that show every held-out image once, its centre, not flipped.

        Args:
            num_images: stop after this many images, always the same ones; None for all.
        """
        order = self._val_order[:num_images]
        cells = self._proxy.batch_size * self._proxy.images_per_canvas
        for start in range(0, len(order), cells):
            indices = order[start : start + cells]
            missing = -len(indices) % self._proxy.images_per_canvas
            counted = np.arange(len(indices) + missing) < len(indices)
            padded = np.concatenate([indices, np.resize(order, missing)])
            yield self._compose(self._val, padded, counted, self._centre(len(padded)))

    def _centre(self, cells: int) -> Tensor:
        """Return the (cells, 2, 3) maps from a cell to the middle of its stored image."""
        stored = self._val.pixels_NCSS.shape[-1]
        scale = self._proxy.cell_size / stored
        return torch.tensor([[scale, 0.0, 0.0], [0.0, scale, 0.0]]).expand(cells, 2, 3)

    def _jitter(self, rng: np.random.Generator, cells: int) -> Tensor:
        """Return (cells, 2, 3) maps from a cell to a random window of its stored image.

        The window's side lies between ``min_crop`` cells and one cell; it is shifted by whole
        pixels, so that without a zoom no pixel is blended, and half of the windows are mirrored.
        """
        stored = self._train.pixels_NCSS.shape[-1]
        side = rng.uniform(self._min_crop, 1.0, size=(cells, 1)) * self._proxy.cell_size
        shift_px = np.rint(rng.uniform(-0.5, 0.5, size=(cells, 2)) * (stored - side))
        mirror = rng.choice((-1.0, 1.0), size=cells)
        theta = np.zeros((cells, 2, 3), np.float32)
        theta[:, 0, 0] = mirror * side[:, 0] / stored
        theta[:, 1, 1] = side[:, 0] / stored
        theta[:, :, 2] = 2 * shift_px / stored
        return torch.from_numpy(theta)

    def _compose(
        self,
        images: _Images,
        indices: np.ndarray[tuple[int], np.dtype[np.int64]],
        counted: np.ndarray[tuple[int], np.dtype[np.bool_]],
        theta: Tensor,
    ) -> Batch:
        """Cut one window from each image and lay ``mosaic_grid``² of them on each canvas."""
        grid, side = self._proxy.mosaic_grid, self._proxy.cell_size
        chosen = torch.from_numpy(indices).to(self._device)
        stored_MCSS = images.pixels_NCSS[chosen].float() / 255
        size = [len(indices), stored_MCSS.shape[1], side, side]
        windows = functional.affine_grid(theta.to(self._device), size, align_corners=False)
        # What mode "border" would do, which not every Apple GPU backend of PyTorch has.
        outermost = 1 - 1 / stored_MCSS.shape[-1]
        windows = windows.clamp(-outermost, outermost)
        cells_MCss = functional.grid_sample(stored_MCSS, windows, align_corners=False)
        tiles_BggCss = cells_MCss.view(-1, grid, grid, *cells_MCss.shape[1:])
        canvases_BCHW = tiles_BggCss.permute(0, 3, 1, 4, 2, 5).flatten(4, 5).flatten(2, 3)
        rgb_BCHW = canvases_BCHW.expand(-1, RGB, -1, -1)
        return Batch(
            canvases=rgb_BCHW.contiguous(memory_format=torch.channels_last),
            labels=images.labels_N[chosen].view(-1, grid**2),
            counted=torch.from_numpy(counted).to(self._device).view(-1, grid**2),
        )
