"""The canvases: made of the right pixels, seeded, each held-out image once.

Axes: N images, B canvases, G cells per canvas, H rows, W columns.
"""

import hashlib

import numpy as np
import pytest
import torch

from nasbench_mvit.training.images.arrays import (
    DatasetDescription,
    ImageData,
    Split,
    margin,
    stored_size,
)
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.stream import CanvasStream

CPU = torch.device("cpu")


def _split(count: int, cell_size: int, channels: int) -> Split:
    """Image n is grey value n everywhere, its label is n: a cell tells which image it shows."""
    side = stored_size(cell_size)
    values = np.arange(count, dtype=np.uint8)
    images = np.broadcast_to(values[:, None, None, None], (count, channels, side, side))
    return Split(images=np.ascontiguousarray(images), labels=np.arange(count))


def _data(cell_size: int, *, val: int = 10, channels: int = 1, min_crop: float = 1.0) -> ImageData:
    return ImageData(
        train=_split(40, cell_size, channels),
        val=_split(val, cell_size, channels),
        class_names=tuple(str(n) for n in range(40)),
        cell_size=cell_size,
        min_crop=min_crop,
        description=DatasetDescription(name="", licence="", origin=""),
        fingerprint="",
    )


def _stream(data: ImageData, proxy: ProxyConfig, seed: int = 0) -> CanvasStream:
    return CanvasStream(data, proxy, seed=seed, device=CPU)


@pytest.mark.parametrize("grid", [1, 2, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_cell_shows_the_image_of_its_label(grid: int, channels: int) -> None:
    proxy = ProxyConfig(mosaic_grid=grid, input_size=32, batch_size=3, layout="grid")
    batch = _stream(_data(proxy.cell_size, channels=channels), proxy).training_batch(5)
    assert batch.canvases.shape == (3, 3, 32, 32)
    assert batch.canvases.is_contiguous(memory_format=torch.channels_last)
    side = proxy.cell_size
    for canvas, labels_G1 in zip(batch.canvases, batch.labels, strict=True):
        for cell, label in enumerate(labels_G1[:, 0].tolist()):
            row, column = divmod(cell, grid)
            tile = canvas[:, row * side : (row + 1) * side, column * side : (column + 1) * side]
            torch.testing.assert_close(tile, torch.full_like(tile, label / 255))


def test_a_batch_is_a_function_of_seed_and_step() -> None:
    proxy = ProxyConfig(input_size=32, batch_size=4)
    data = _data(proxy.cell_size)
    stream = _stream(data, proxy)
    later = stream.training_batch(9)
    again = _stream(data, proxy).training_batch(9)
    assert torch.equal(later.canvases, again.canvases)
    assert torch.equal(later.labels, again.labels)
    assert not torch.equal(later.labels, stream.training_batch(8).labels)
    assert not torch.equal(later.labels, _stream(data, proxy, seed=1).training_batch(9).labels)


@pytest.mark.parametrize(("val", "grid"), [(10, 2), (12, 2), (3, 2), (1, 4), (7, 1)])
def test_validation_counts_every_image_exactly_once(val: int, grid: int) -> None:
    proxy = ProxyConfig(mosaic_grid=grid, input_size=32, batch_size=2)
    batches = list(_stream(_data(proxy.cell_size, val=val), proxy).validation_batches())
    counted = torch.cat([batch.labels[batch.counted] for batch in batches])
    assert sorted(counted.tolist()) == list(range(val))
    assert all(batch.labels.shape == batch.counted.shape for batch in batches)


def test_validation_subset_is_the_same_for_every_seed_and_the_start_of_the_whole() -> None:
    proxy = ProxyConfig(input_size=32, batch_size=2)
    data = _data(proxy.cell_size, val=30)

    def shown(seed: int, num_images: int | None) -> list[int]:
        batches = _stream(data, proxy, seed).validation_batches(num_images)
        return torch.cat([batch.labels[batch.counted] for batch in batches]).tolist()

    assert shown(0, 10) == shown(1, 10) == shown(0, None)[:10]


def test_test_images_are_shown_as_validation_shows_its_own() -> None:
    proxy = ProxyConfig(input_size=32, batch_size=2)
    stream = _stream(_data(proxy.cell_size, val=10), proxy)
    test = _split(10, proxy.cell_size, 1)  # the very images of validation
    pairs = zip(stream.test_batches(test), stream.validation_batches(), strict=True)
    for shown, expected in pairs:
        assert torch.equal(shown.canvases, expected.canvases)
        assert torch.equal(shown.labels, expected.labels)
    more = torch.cat([b.labels[b.counted] for b in stream.test_batches(_split(13, 16, 1))])
    assert sorted(more.tolist()) == list(range(13))


@pytest.mark.parametrize("min_crop", [1.0, 0.5])
def test_a_batch_of_a_drawn_size_has_as_many_pixels(min_crop: float) -> None:
    sizes = (40, 48, 64, 80)
    proxy = ProxyConfig(input_size=64, batch_size=8, steps=24, input_sizes=sizes, layout="grid")
    stream = _stream(_data(proxy.cell_size, channels=3, min_crop=min_crop), proxy)
    shapes = [stream.training_batch(step).canvases.shape for step in range(proxy.steps)]
    assert {shape[-1] for shape in shapes} == set(sizes)
    assert all(shape[0] == 8 * 64**2 // shape[-1] ** 2 for shape in shapes)
    for step in range(4):
        batch = stream.training_batch(step)
        middle = batch.canvases.shape[-1] // 4
        assert torch.equal((batch.canvases[:, 0, middle, middle] * 255).round().long(),
                           batch.labels[:, 0, 0])  # fmt: skip
    (shown, *_) = stream.validation_batches()
    assert shown.canvases.shape[-1] == proxy.input_size


def test_drawn_sizes_follow_the_seed() -> None:
    proxy = ProxyConfig(input_size=64, batch_size=8, steps=24, input_sizes=(40, 64, 80))
    data = _data(proxy.cell_size)

    def drawn(seed: int) -> list[int]:
        stream = _stream(data, proxy, seed)
        return [stream.training_batch(step).canvases.shape[-1] for step in range(proxy.steps)]

    assert drawn(0) == drawn(0) != drawn(1)


def _gradient_data(cell_size: int, min_crop: float) -> ImageData:
    """One image whose pixel value is its column, so that a row reads as sampled positions."""
    side = stored_size(cell_size)
    images = np.broadcast_to(np.arange(side, dtype=np.uint8), (1, 1, side, side))
    split = Split(images=np.ascontiguousarray(images), labels=np.zeros(1, np.int64))
    return ImageData(
        train=split,
        val=split,
        class_names=("one", "other"),
        cell_size=cell_size,
        min_crop=min_crop,
        description=DatasetDescription(name="", licence="", origin=""),
        fingerprint="",
    )


def _sampled_columns(cell_size: int, min_crop: float, batch_size: int = 64) -> torch.Tensor:
    proxy = ProxyConfig(mosaic_grid=1, input_size=cell_size, batch_size=batch_size)
    batch = _stream(_gradient_data(cell_size, min_crop), proxy).training_batch(0)
    return batch.canvases[:, 0, 0] * 255  # (B, W)


def test_jitter_without_zoom_shifts_by_whole_pixels_both_ways_and_mirrors() -> None:
    cell = 32
    columns_BW = _sampled_columns(cell, min_crop=1.0)
    torch.testing.assert_close(columns_BW, columns_BW.round(), atol=1e-3, rtol=0)
    steps_B = (columns_BW[:, 1:] - columns_BW[:, :-1]).mean(1).round()
    assert set(steps_B.tolist()) == {-1.0, 1.0}
    starts = columns_BW.min(1).values.round()
    assert set(starts.tolist()) == set(range(2 * margin(cell) + 1))


def test_validation_shows_the_centre_unmirrored() -> None:
    cell = 32
    proxy = ProxyConfig(mosaic_grid=1, input_size=cell, batch_size=2)
    (batch,) = _stream(_gradient_data(cell, 0.5), proxy).validation_batches()
    expected = torch.arange(cell) + float(margin(cell))
    torch.testing.assert_close(batch.canvases[0, 0, 0] * 255, expected, atol=1e-3, rtol=0)


def test_mosaics_of_garments_are_those_the_scores_on_record_come_from() -> None:
    proxy = ProxyConfig(input_size=64, batch_size=8, layout="grid")
    stream = CanvasStream(
        open_images("embedded", cell_size=proxy.cell_size), proxy, seed=0, device=CPU
    )
    digest = hashlib.sha256()
    for step in (0, 1, 111):
        batch = stream.training_batch(step)
        digest.update((batch.canvases * 255).round().to(torch.uint8).numpy().tobytes())
        digest.update(batch.labels.numpy().tobytes())
    assert digest.hexdigest()[:16] == "17505f312ecb4348"
