"""Scattered canvases: images lie whole, apart and where their places say; all are named.

Axes: B canvases, G images per canvas, C channels, H rows, W columns.
"""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from nasbench_mvit.training.images.arrays import DatasetDescription, ImageData, Split, stored_size
from nasbench_mvit.training.proxy import scatter
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.scatter import scattered_canvases, scattered_places
from nasbench_mvit.training.proxy.stream import CanvasStream

SIDE = 64
WHOLE = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
MIRRORED = torch.tensor([[[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])


def places(*of_canvas: tuple[float, float, float]) -> NDArray[np.float32]:
    return np.array([of_canvas], np.float32)


def canvas(stored: Tensor, windows: Tensor, at: NDArray[np.float32], side: int = SIDE) -> Tensor:
    return scattered_canvases(stored, windows, at, side)[0]


@pytest.mark.parametrize("grid", [1, 2, 3])
def test_images_of_many_sizes_lie_on_the_canvas_whole_and_anywhere(grid: int) -> None:
    places_BG3 = scattered_places(np.random.default_rng(0), 200, grid)
    assert places_BG3.shape == (200, grid**2, 3)
    half_BG = places_BG3[..., 2]
    assert (np.abs(places_BG3[..., :2]).max(2) + half_BG).max() <= 1 + 1e-6
    assert half_BG.min() * grid == pytest.approx(0.6, abs=0.01)
    assert half_BG.max() * grid == pytest.approx(1.0, abs=0.01)
    assert (places_BG3[..., :2].std(0) > 0.1).all(), "no image has a place of its own"


def overlap() -> float:
    """Return the mean area that two images of a canvas share, as a share of the canvas."""
    places_BG3 = scattered_places(np.random.default_rng(0), 500, 2)
    low_BG2, high_BG2 = (places_BG3[..., :2] + sign * places_BG3[..., 2:] for sign in (-1, 1))
    shared_BGG2 = np.minimum(high_BG2[:, None], high_BG2[:, :, None]) - np.maximum(
        low_BG2[:, None], low_BG2[:, :, None]
    )
    first, second = np.triu_indices(4, k=1)
    return float(shared_BGG2.clip(0)[:, first, second].prod(2).mean() / 4)


def test_images_overlap_less_than_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = overlap()
    monkeypatch.setattr(scatter, "DRAWS", 1)
    assert apart < 0.4 * overlap()


def test_an_image_fills_its_square_and_nothing_else() -> None:
    white = torch.ones(1, 1, 32, 32)
    drawn = canvas(white, WHOLE, places((0.25, -0.5, 0.25)))
    expected = torch.zeros(1, SIDE, SIDE)
    expected[:, 8:24, 32:48] = 1
    torch.testing.assert_close(drawn, expected)


def test_pixels_are_kept_where_they_fall_on_pixels() -> None:
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    drawn = canvas(image, WHOLE, places((0.0, 0.0, 0.5)))
    torch.testing.assert_close(drawn[:, 16:48, 16:48], image[0])
    turned = canvas(image, MIRRORED, places((0.0, 0.0, 0.5)))
    torch.testing.assert_close(turned[:, 16:48, 16:48], image[0].flip(2))


def test_a_small_image_is_averaged_not_sampled() -> None:
    stripes = torch.zeros(1, 1, 32, 32)
    stripes[..., ::2] = 1
    drawn = canvas(stripes, WHOLE, places((0.0, 0.0, 0.125)))[:, 28:36, 28:36]
    torch.testing.assert_close(drawn, torch.full_like(drawn, 0.5), atol=0.07, rtol=0)


def test_the_brighter_shows_where_images_overlap() -> None:
    grey = torch.cat([torch.full((1, 1, 32, 32), 0.25), torch.full((1, 1, 32, 32), 0.75)])
    drawn = canvas(grey, WHOLE.expand(2, 2, 3), places((0, 0, 0.5), (0, 0, 0.25)))
    assert drawn[0, 32, 32].item() == pytest.approx(0.75)
    assert drawn[0, 20, 20].item() == pytest.approx(0.25)


def data(proxy: ProxyConfig, count: int, channels: int) -> ImageData:
    """Image n is grey value n + 1 everywhere, its label is n."""
    side = stored_size(proxy.cell_size)
    values = np.arange(1, count + 1, dtype=np.uint8)[:, None, None, None]
    images = np.ascontiguousarray(np.broadcast_to(values, (count, channels, side, side)))
    split = Split(images=images, labels=np.arange(count))
    return ImageData(
        train=split,
        val=split,
        class_names=tuple(map(str, range(count))),
        cell_size=proxy.cell_size,
        min_crop=1.0 if channels == 1 else 0.25,
        description=DatasetDescription(name="", licence="", origin=""),
        fingerprint="",
    )


def stream(proxy: ProxyConfig, count: int = 30, channels: int = 1, seed: int = 0) -> CanvasStream:
    images = data(proxy, count, channels)
    return CanvasStream(images, proxy, seed=seed, device=torch.device("cpu"))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("grid", [1, 2, 3])
def test_the_labels_are_those_of_the_images_on_the_canvas(grid: int, channels: int) -> None:
    proxy = ProxyConfig(layout="scattered", mosaic_grid=grid, input_size=60, batch_size=8)
    batch = stream(proxy, channels=channels).training_batch(3)
    assert batch.canvases.shape == (8, 3, 60, 60)
    assert batch.labels.shape == batch.counted.shape == (8, 1, grid**2)
    for pixels, labels in zip(batch.canvases, batch.labels[:, 0].tolist(), strict=True):
        values = (pixels[0] * 255).round().int()
        counts = torch.bincount(values[values > 0].flatten(), minlength=32)
        assert counts.argmax().item() - 1 in labels
        assert set((counts > 60).nonzero()[:, 0].tolist()) <= {label + 1 for label in labels}


def test_a_scattered_batch_is_a_function_of_seed_and_step() -> None:
    proxy = ProxyConfig(layout="scattered", batch_size=4)
    first = stream(proxy).training_batch(9)
    assert torch.equal(first.canvases, stream(proxy).training_batch(9).canvases)
    assert not torch.equal(first.canvases, stream(proxy).training_batch(8).canvases)
    assert not torch.equal(first.canvases, stream(proxy, seed=1).training_batch(9).canvases)


def test_every_held_out_image_counts_once() -> None:
    proxy = ProxyConfig(layout="scattered", batch_size=4)
    batches = list(stream(proxy).validation_batches())
    counted = torch.cat([batch.labels[batch.counted] for batch in batches])
    assert sorted(counted.tolist()) == [*range(30)]
    other_seed = list(stream(proxy, seed=5).validation_batches(16))
    assert torch.equal(other_seed[0].canvases, batches[0].canvases)


def test_other_sizes_show_the_same_canvas() -> None:
    proxy = ProxyConfig(layout="scattered", input_sizes=(48, 64, 96), batch_size=8)
    sizes = {stream(proxy).training_batch(step).canvases.shape[-1] for step in range(12)}
    assert sizes == {48, 64, 96}
