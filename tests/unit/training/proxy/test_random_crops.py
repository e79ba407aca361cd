"""Random resized crops: of the promised sizes, from the image alone, seeded.

Axes: B images, C channels, H rows, W columns.
"""

import numpy as np
import pytest
import torch
from torch import Tensor

from nasbench_mvit.training.images.arrays import DatasetDescription, ImageData, Split, stored_size
from nasbench_mvit.training.images.transforms import ASPECT_RATIOS
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.stream import Batch, CanvasStream

CELL = 64
SIDE = stored_size(CELL)


def _positions() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """One image whose channels say column, row and nothing: a crop reads as its position."""
    rows, columns = np.indices((SIDE, SIDE), np.uint8)
    return np.stack([columns, rows, np.zeros_like(rows)])[None]


def _batch(
    min_crop: float, *, grid: int = 1, seed: int = 0, step: int = 0, batch_size: int = 512
) -> Batch:
    split = Split(images=_positions(), labels=np.zeros(1, np.int64))
    data = ImageData(
        train=split,
        val=split,
        class_names=("one", "other"),
        cell_size=CELL,
        min_crop=min_crop,
        description=DatasetDescription(name="", licence="", origin=""),
        fingerprint="",
    )
    proxy = ProxyConfig(mosaic_grid=grid, input_size=CELL * grid, batch_size=batch_size)
    stream = CanvasStream(data, proxy, seed=seed, device=torch.device("cpu"))
    return stream.training_batch(step)


def _sizes(canvases_BCHW: Tensor) -> tuple[Tensor, Tensor]:
    """Return the width and height in pixels of the window behind each canvas."""
    sizes = []
    for channel, line in ((0, 0), (1, 1)):
        positions_BHW = canvases_BCHW[:, channel] * 255
        positions_BX = positions_BHW[:, 0] if line == 0 else positions_BHW[:, :, 0]
        # Half a pixel of the window lies outside the centres of its first and last sample.
        step_B = (positions_BX[:, CELL // 2] - positions_BX[:, CELL // 2 - 1]).abs()
        sizes.append(step_B * CELL)
    return sizes[0], sizes[1]


@pytest.mark.parametrize("min_crop", [0.08, 0.35])
def test_windows_have_the_areas_and_shapes_asked_for(min_crop: float) -> None:
    widths_B, heights_B = _sizes(_batch(min_crop).canvases)
    areas_B = widths_B * heights_B / SIDE**2
    rounding = 2 / (SIDE * min_crop**0.5)  # each side is a whole number of pixels
    assert min_crop * (1 - rounding) <= areas_B.min() < min_crop * 1.1
    assert 0.9 < areas_B.max() <= 1 + 1e-3
    shapes_B = widths_B / heights_B
    assert ASPECT_RATIOS[0] * (1 - rounding) <= shapes_B.min() < 0.8
    assert 1.25 < shapes_B.max() <= ASPECT_RATIOS[1] * (1 + rounding)


def test_windows_lie_everywhere_in_the_image_and_nowhere_else() -> None:
    positions = _batch(0.08).canvases[:, :2] * 255
    assert 0 <= positions.min() < 1
    assert SIDE - 2 < positions.max() <= SIDE - 1 + 1e-3


def test_half_of_the_windows_are_mirrored_and_none_upside_down() -> None:
    canvases = _batch(0.35).canvases
    mirrored_B = canvases[:, 0, 0, 0] > canvases[:, 0, 0, -1]
    assert 0.4 < mirrored_B.float().mean() < 0.6
    assert (canvases[:, 1, 0, 0] < canvases[:, 1, -1, 0]).all()


@pytest.mark.parametrize("grid", [1, 2])
def test_a_batch_is_a_function_of_seed_and_step(grid: int) -> None:
    torch.manual_seed(1)
    first = _batch(0.35, grid=grid, step=3, batch_size=4)
    torch.manual_seed(2)
    again = _batch(0.35, grid=grid, step=3, batch_size=4)
    assert torch.equal(first.canvases, again.canvases)
    for other in ({"seed": 1, "step": 3}, {"seed": 0, "step": 4}):
        changed = _batch(0.35, grid=grid, batch_size=4, **other)
        assert not torch.equal(first.canvases, changed.canvases)


def test_windows_differ_within_a_mosaic() -> None:
    (canvas_CHW,) = _batch(0.35, grid=2, batch_size=2).canvases[:1]
    tiles = canvas_CHW.unfold(1, CELL, CELL).unfold(2, CELL, CELL).flatten(1, 2).unbind(1)
    assert all(not torch.equal(tiles[0], other) for other in tiles[1:])
