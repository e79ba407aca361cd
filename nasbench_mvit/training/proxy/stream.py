"""The endless stream of canvases a proxy trains on, and the fixed canvases it is scored on.

Axes: B canvases, g cells per side, G = g² cells per canvas, O outputs of the network for a canvas,
L = G / O images that an output names, N images, M cells of a batch, C channels, H rows, W columns,
s side of a cell, S side of a stored image.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from nasbench_mvit.training.common.multiscale import MultiScaleSampler, PlannedBatch
from nasbench_mvit.training.images.arrays import (
    SHIFTS_ONLY,
    BoolArray,
    ImageData,
    Int64Array,
    Split,
)
from nasbench_mvit.training.images.transforms import random_window
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.scatter import scattered_canvases, scattered_places

RGB = 3
HELD_OUT_ORDER_SEED = 0  # one arrangement for all networks and seeds


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Canvases with the labels of their images: of each cell, row by row, or of all together.

    Attributes:
        canvases: (B, 3, H, W), float32 in [0, 1], channels last in memory.
        labels: (B, O, L), int64.
        counted: (B, O, L); False for an image that is there again to fill the last canvas.
    """

    canvases: Tensor
    labels: Tensor
    counted: Tensor


class _Images:
    """A split on the device, grey kept grey until the canvas is done."""

    def __init__(self, split: Split, device: torch.device) -> None:
        self.pixels_NCSS = torch.from_numpy(split.images).to(device)
        self.labels_N = torch.from_numpy(split.labels).to(device)

    def take(self, indices: Int64Array) -> tuple[Tensor, Tensor]:
        """Return the chosen images, (M, C, S, S) in [0, 1], and their labels, (M,)."""
        chosen = torch.from_numpy(indices).to(self.labels_N.device)
        return self.pixels_NCSS[chosen].float() / 255, self.labels_N[chosen]


class CanvasStream:
    """Canvases of ``mosaic_grid``² images each; a function of the seed and the step alone."""

    def __init__(
        self, data: ImageData, proxy: ProxyConfig, *, seed: int, device: torch.device
    ) -> None:
        self._proxy = proxy
        self._seed = seed
        self._device = device
        self._min_crop = data.min_crop
        self._plan = _plan(proxy, seed)
        self._train = _Images(data.train, device)
        self._val = _Images(data.val, device)
        self._val_order = _held_out_order(data.val)

    def training_batch(self, step: int) -> Batch:
        """Return the canvases of update ``step``: random images, crops and flips."""
        size, canvases = self._size_and_canvases(step)
        cells = canvases * self._proxy.images_per_canvas
        rng = np.random.default_rng((self._seed, step))
        stored_MCSS, labels_M = self._train.take(
            rng.integers(len(self._train.labels_N), size=cells)
        )
        only_shifts = self._min_crop >= SHIFTS_ONLY
        theta = self._shifts(rng, cells) if only_shifts else self._crops(rng, cells)
        return self._batch(stored_MCSS, labels_M, theta, np.ones(cells, bool), rng, size)

    def _size_and_canvases(self, step: int) -> tuple[int, int]:
        """Return the side of the canvases of an update in pixels, and their number."""
        if not self._plan:
            return self._proxy.input_size, self._proxy.batch_size
        return self._plan[step].size, self._plan[step].count

    def validation_batches(self, num_images: int | None = None) -> Iterator[Batch]:
        """Yield canvases that show every validation image once, its centre, not flipped.

        Args:
            num_images: stop after this many images, always the same ones; None for all.
        """
        yield from self._held_out_batches(self._val, self._val_order[:num_images])

    def test_batches(self, test: Split) -> Iterator[Batch]:
        """Yield canvases that show every test image once, as validation shows its own."""
        yield from self._held_out_batches(_Images(test, self._device), _held_out_order(test))

    def full_validation_batch(self) -> Batch:
        """Return ``batch_size`` canvases of validation images, which repeat where they are few."""
        count = self._proxy.batch_size * self._proxy.images_per_canvas
        (batch,) = self._held_out_batches(self._val, np.resize(self._val_order, count))
        return batch

    def _held_out_batches(self, images: _Images, order: Int64Array) -> Iterator[Batch]:
        cells = self._proxy.batch_size * self._proxy.images_per_canvas
        for start in range(0, len(order), cells):
            indices = order[start : start + cells]
            missing = -len(indices) % self._proxy.images_per_canvas
            counted = np.arange(len(indices) + missing) < len(indices)
            padded = np.concatenate([indices, np.resize(order, missing)])
            stored_MCSS, labels_M = images.take(padded)
            rng = np.random.default_rng((HELD_OUT_ORDER_SEED, start))
            theta, size = self._centre(stored_MCSS), self._proxy.input_size
            yield self._batch(stored_MCSS, labels_M, theta, counted, rng, size)

    def _centre(self, stored_MCSS: Tensor) -> Tensor:
        """Return the (M, 2, 3) maps from a cell to the middle of its stored image."""
        scale = self._proxy.cell_size / stored_MCSS.shape[-1]
        return torch.tensor([[scale, 0.0, 0.0], [0.0, scale, 0.0]]).expand(len(stored_MCSS), 2, 3)

    def _shifts(self, rng: np.random.Generator, cells: int) -> Tensor:
        """Return (cells, 2, 3) maps from a cell to a shifted window of its stored image.

        Windows are shifted by whole pixels, so that at ``input_size`` no pixel is blended; half
        are mirrored.
        """
        stored = self._train.pixels_NCSS.shape[-1]
        scale = self._proxy.cell_size / stored
        spare_px = stored - self._proxy.cell_size
        shift_px = np.rint(rng.uniform(-0.5, 0.5, size=(cells, 2)) * spare_px)
        mirror = rng.choice((-1.0, 1.0), size=cells)
        theta = np.zeros((cells, 2, 3), np.float32)
        theta[:, 0, 0] = mirror * scale
        theta[:, 1, 1] = scale
        theta[:, :, 2] = 2 * shift_px / stored
        return torch.from_numpy(theta)

    def _crops(self, rng: np.random.Generator, cells: int) -> Tensor:
        """Return (cells, 2, 3) maps from a cell to a random window of its stored image.

        The windows are those of a full training, half of them mirrored.
        """
        stored = self._train.pixels_NCSS.shape[-1]
        draws = range(cells)
        corners = [random_window((stored, stored), min_crop=self._min_crop, rng=rng) for _ in draws]
        left, top, right, bottom = np.array(corners, np.float32).T
        theta = np.zeros((cells, 2, 3), np.float32)
        theta[:, 0, 0] = rng.choice((-1.0, 1.0), size=cells) * (right - left) / stored
        theta[:, 1, 1] = (bottom - top) / stored
        theta[:, 0, 2] = (left + right) / stored - 1
        theta[:, 1, 2] = (top + bottom) / stored - 1
        return torch.from_numpy(theta)

    def _windows(self, stored_MCSS: Tensor, theta: Tensor, side: int) -> Tensor:
        """Return the (M, C, s, s) windows of ``side`` s that (M, 2, 3) maps cut from images."""
        size = [*stored_MCSS.shape[:2], side, side]
        windows = functional.affine_grid(theta.to(self._device), size, align_corners=False)
        # What mode "border" would do, which not every Apple GPU backend of PyTorch has.
        outermost = 1 - 1 / stored_MCSS.shape[-1]
        windows = windows.clamp(-outermost, outermost)
        return functional.grid_sample(stored_MCSS, windows, align_corners=False)

    def _batch(
        self,
        stored_MCSS: Tensor,
        labels_M: Tensor,
        theta: Tensor,
        counted: BoolArray,
        rng: np.random.Generator,
        size: int,
    ) -> Batch:
        """Return the images on canvases of side ``size``, in cells or scattered."""
        grid, outputs = self._proxy.mosaic_grid, self._proxy.outputs_per_canvas
        if self._proxy.layout == "scattered":
            places_BG3 = scattered_places(rng, len(labels_M) // grid**2, grid)
            canvases_BCHW = scattered_canvases(stored_MCSS, theta, places_BG3, size)
        else:
            canvases_BCHW = _side_by_side(self._windows(stored_MCSS, theta, size // grid), grid)
        rgb_BCHW = canvases_BCHW.expand(-1, RGB, -1, -1)
        shape = (len(rgb_BCHW), outputs, -1)
        return Batch(
            canvases=rgb_BCHW.contiguous(memory_format=torch.channels_last),
            labels=labels_M.view(shape),
            counted=torch.from_numpy(counted).to(self._device).view(shape),
        )


def _side_by_side(cells_MCss: Tensor, grid: int) -> Tensor:
    """Return canvases (B, C, H, W) of ``grid``² cells each."""
    tiles_BggCss = cells_MCss.reshape(-1, grid, grid, *cells_MCss.shape[1:])
    return tiles_BggCss.permute(0, 3, 1, 4, 2, 5).flatten(4, 5).flatten(2, 3)


def _plan(proxy: ProxyConfig, seed: int) -> tuple[PlannedBatch, ...]:
    """Return the sizes of ``steps`` updates or more as they are drawn, none where none are."""
    if proxy.input_sizes is None:
        return ()
    sampler = MultiScaleSampler(
        base_batch=proxy.batch_size, sizes=proxy.input_sizes, base_size=proxy.input_size
    )
    most = max(sampler.batch_size(size) for size in sampler.sizes)
    return sampler.plan(proxy.steps * most, seed=seed)


def _held_out_order(split: Split) -> Int64Array:
    """Return the order in which held-out images fill canvases, so that classes mix on them."""
    return np.random.default_rng(HELD_OUT_ORDER_SEED).permutation(len(split))
