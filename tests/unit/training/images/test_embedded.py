"""The embedded images: what is promised of them, and what damage does."""

import numpy as np
import pytest

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images import embedded
from nasbench_mvit.training.images.arrays import margin, stored_size
from nasbench_mvit.training.images.sources import open_images, open_test

MAX_PACKAGED_BYTES = 12_000_000


@pytest.mark.parametrize(("split", "per_class"), [("train", 1000), ("val", 500), ("test", 500)])
def test_every_class_has_equally_many_images(split: str, per_class: int) -> None:
    if split == "test":
        labels = open_test("embedded", cell_size=32).labels
    else:
        labels = getattr(open_images("embedded", cell_size=32), split).labels
    assert np.bincount(labels).tolist() == [per_class] * len(embedded.CLASS_NAMES)


def test_no_image_is_in_two_splits() -> None:
    data = open_images("embedded", cell_size=32)
    parts = (data.train, data.val, open_test("embedded", cell_size=32))
    contents = [{image.tobytes() for image in part.images} for part in parts]
    assert sum(map(len, contents)) == len(set.union(*contents)) == sum(map(len, parts))


@pytest.mark.parametrize("cell_size", [16, 32, 64])
def test_garment_lies_in_the_middle_and_every_shift_keeps_it_whole(cell_size: int) -> None:
    split = open_test("embedded", cell_size=cell_size)
    assert split.images.shape[1:] == (1, stored_size(cell_size), stored_size(cell_size))
    assert split.images.dtype == np.uint8
    edge = 2 * margin(cell_size)
    inside = split.images[:, :, edge:-edge, edge:-edge]
    assert inside.shape[-1] == cell_size - edge
    assert inside.sum(dtype=np.int64) == split.images.sum(dtype=np.int64) > 0


def test_pixels_are_the_original_ones_at_the_default_size() -> None:
    split = open_test("embedded", cell_size=32)
    with np.load(embedded.FOLDER / "fashion_mnist_test.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(split.images[:, 0, 4:-4, 4:-4], arrays["images"])


def test_stored_studies_know_these_images_by_their_fingerprint() -> None:
    assert open_images("embedded", cell_size=32).fingerprint == "618d86a6e48c5661"


def test_package_stays_small_and_carries_source_and_licence() -> None:
    size = sum(path.stat().st_size for path in embedded.FOLDER.glob("*.npz"))
    assert 0 < size < MAX_PACKAGED_BYTES
    assert "Zalando SE" in (embedded.FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert "zalandoresearch/fashion-mnist" in embedded.DESCRIPTION.origin


def test_more_than_fits_into_memory_is_refused_before_it_is_made() -> None:
    with pytest.raises(DataError, match=r"10000 images of 1152 px take .* at most 4 GiB"):
        open_images("embedded", cell_size=1024)
