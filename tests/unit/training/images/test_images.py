"""The fingerprint of images and the margin they are stored with."""

import numpy as np
import pytest

from nasbench_mvit.training.images.arrays import Split, count_repeated, fingerprint, stored_size

NAMES = ("a", "b")


def _split() -> Split:
    images = np.arange(2 * 3 * 4 * 4, dtype=np.uint8).reshape(2, 3, 4, 4)
    return Split(images=images, labels=np.array([0, 1]))


def test_fingerprint_is_of_the_content_not_of_the_memory() -> None:
    split = _split()
    reversed_twice = Split(images=split.images[::-1].copy()[::-1], labels=split.labels)
    assert fingerprint(NAMES, split) == fingerprint(NAMES, reversed_twice)


def test_fingerprint_depends_on_pixels_shape_labels_names_and_order_of_splits() -> None:
    split = _split()
    pixel = split.images.copy()
    pixel[0, 0, 0, 0] += 1
    variants = [
        fingerprint(NAMES, split),
        fingerprint(NAMES, Split(images=pixel, labels=split.labels)),
        fingerprint(NAMES, Split(images=split.images.reshape(2, 3, 2, 8), labels=split.labels)),
        fingerprint(NAMES, Split(images=split.images, labels=split.labels[::-1])),
        fingerprint(("a", "c"), split),
        fingerprint(NAMES, split, Split(images=pixel, labels=split.labels)),
        fingerprint(NAMES, Split(images=pixel, labels=split.labels), split),
    ]
    assert len(set(variants)) == len(variants)


@pytest.mark.parametrize(("cell_size", "stored"), [(8, 10), (32, 36), (256, 288)])
def test_an_image_is_stored_an_eighth_larger_like_in_the_paper(cell_size: int, stored: int) -> None:
    assert stored_size(cell_size) == stored


def test_only_images_equal_in_every_pixel_are_counted_as_repeated() -> None:
    train = _split()
    other = train.images.copy()
    other[:, 0, 0, 0] += 1
    assert count_repeated(train, train) == len(train)
    assert count_repeated(train, Split(images=other, labels=train.labels)) == 0
    mixed = np.concatenate([other, train.images[:1], train.images[:1]])
    assert count_repeated(train, Split(images=mixed, labels=np.zeros(4, np.int64))) == 2
