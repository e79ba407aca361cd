"""Crops for training and evaluation. Axes: C channels, H rows, W columns."""

import numpy as np
import pytest
from PIL import Image

from nasbench_mvit.training.images.transforms import (
    ASPECT_RATIOS,
    CentreCrop,
    random_view,
    random_window,
)

WIDTH, HEIGHT = 400, 300


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _positions(width: int, height: int) -> Image.Image:
    """An image whose channels say column, row and nothing."""
    rows, columns = np.indices((height, width), np.uint8)
    return Image.fromarray(np.stack([columns, rows, np.zeros_like(rows)], axis=2))


@pytest.mark.parametrize("min_crop", [0.08, 0.5])
def test_windows_have_the_areas_and_shapes_asked_for(min_crop: float) -> None:
    rng = _rng()
    windows = [random_window((WIDTH, HEIGHT), min_crop=min_crop, rng=rng) for _ in range(2000)]
    left, top, right, bottom = np.array(windows).T
    assert left.min() == top.min() == 0
    assert (right.max(), bottom.max()) == (WIDTH, HEIGHT)
    wide, high = right - left, bottom - top
    areas = wide * high / (WIDTH * HEIGHT)
    rounding = 2 / (HEIGHT * min_crop**0.5)  # each side is a whole number of pixels
    assert min_crop - rounding < areas.min() < min_crop + 0.02
    assert areas.max() <= 1
    ratios = wide / high
    lowest, highest = ASPECT_RATIOS
    assert lowest * (1 - rounding) < ratios.min() < lowest * 1.05
    assert highest * 0.95 < ratios.max() < highest * (1 + rounding)


@pytest.mark.parametrize(("size", "expected"), [((1000, 10), (13, 10)), ((10, 1000), (10, 13))])
def test_image_no_window_fits_gives_the_largest_one_in_its_middle(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    left, top, right, bottom = random_window(size, min_crop=0.9, rng=_rng())
    assert (right - left, bottom - top) == expected
    assert left + right == pytest.approx(size[0], abs=1)
    assert top + bottom == pytest.approx(size[1], abs=1)


def test_half_of_the_views_are_mirrored_and_none_is_turned() -> None:
    rng = _rng()
    picture = _positions(80, 60)
    mirrored = 0
    for _ in range(200):
        view_CHW = random_view(picture, 32, min_crop=0.3, rng=rng).astype(float)
        assert view_CHW.shape == (3, 32, 32)
        columns, rows = view_CHW[0, 16], view_CHW[1, :, 16]
        assert rows[-1] > rows[0]
        mirrored += bool(columns[-1] < columns[0])
    assert 70 < mirrored < 130


def test_view_is_a_function_of_the_generator() -> None:
    picture = _positions(80, 60)
    first, again = (random_view(picture, 32, min_crop=0.1, rng=_rng()) for _ in range(2))
    assert np.array_equal(first, again)


@pytest.mark.parametrize("size", [(288, 288), (400, 288), (288, 401)])
def test_evaluation_of_an_image_of_the_size_keeps_its_centre(size: tuple[int, int]) -> None:
    picture = _positions(*size)
    left, top = (size[0] - 256) // 2, (size[1] - 256) // 2
    expected_HWC = np.asarray(picture)[top : top + 256, left : left + 256]
    view_CHW = CentreCrop(resize=288, crop=256)(picture)
    assert np.array_equal(view_CHW, expected_HWC.transpose(2, 0, 1))


def test_evaluation_scales_the_short_side() -> None:
    view_CHW = CentreCrop(resize=36, crop=36)(_positions(144, 72)).astype(float)
    assert view_CHW.shape == (3, 36, 36)
    assert view_CHW[1, -1].mean() == pytest.approx(70, abs=2)  # all rows
    assert view_CHW[0, :, 0].mean() == pytest.approx(36, abs=2)  # a quarter in from the left
    assert view_CHW[0, :, -1].mean() == pytest.approx(108, abs=2)


def test_filters_differ() -> None:
    picture = Image.fromarray(_rng().integers(0, 256, (50, 50, 3), dtype=np.uint8))
    views = [
        CentreCrop(resize=36, crop=32, filter=name)(picture) for name in ("bilinear", "bicubic")
    ]
    assert not np.array_equal(views[0], views[1])
