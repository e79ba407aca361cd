"""The images inside this package: a subset of Fashion-MNIST, 28 px grey, ten classes.

The arrays beside this file are made by ``tools/make_embedded_fashion_mnist.py``; README.md there
names their source and licence. Axes: N images, C channels, H rows, W columns.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from nasbench_mvit.training.images.arrays import (
    DatasetDescription,
    ImageData,
    Split,
    UInt8Array,
    check_memory,
    margin,
    stored_size,
)
from nasbench_mvit.training.images.packaged import image_set, packaged_arrays

FOLDER = Path(__file__).parent
CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
DESCRIPTION = DatasetDescription(
    name="Fashion-MNIST subset",
    licence="MIT, Copyright (c) 2017 Zalando SE",
    origin="https://github.com/zalandoresearch/fashion-mnist (arXiv 1708.07747): 10,000 training "
    "and 5,000 validation images of its training set, 5,000 test images of its test set",
)


def open_embedded(*, cell_size: int) -> ImageData:
    """Return the 10,000 training and 5,000 validation images.

    Raises:
        DataError: a file is missing or is not the one this version was released with.
    """
    train, val = _load("train", cell_size), _load("val", cell_size)
    return garments(train, val, cell_size=cell_size, description=DESCRIPTION)


def garments(
    train: Split, val: Split, *, cell_size: int, description: DatasetDescription
) -> ImageData:
    """Return splits of Fashion-MNIST as one set: its classes, and shifts as the only crops."""
    return image_set(CLASS_NAMES, train, val, cell_size=cell_size, description=description)


def open_embedded_test(*, cell_size: int) -> Split:
    """Return the 5,000 test images.

    Raises:
        DataError: as for ``open_embedded``.
    """
    return _load("test", cell_size)


def _load(split: str, cell_size: int) -> Split:
    arrays = packaged_arrays(FOLDER, f"fashion_mnist_{split}.npz")
    images_NHW, labels_N = arrays["images"], arrays["labels"]
    side = stored_size(cell_size)
    check_memory((len(images_NHW), 1, side, side), origin=f"embedded images, {split}")
    return Split(
        images=on_canvas(images_NHW, cell_size)[:, None],
        labels=labels_N.astype(np.int64),
    )


def on_canvas(images_NHW: UInt8Array, cell_size: int) -> UInt8Array:
    """Place each image in the middle of its stored square, on the black it was taken on.

    The garment fills the cell but for its margin, and the stored square has one margin more, so
    that every shift keeps the whole garment on the canvas. At 32 px cells nothing is resized.
    """
    side = cell_size - 2 * margin(cell_size)
    if images_NHW.shape[1] != side:
        resized = (
            Image.fromarray(image).resize((side, side), Image.Resampling.BILINEAR)
            for image in images_NHW
        )
        images_NHW = np.stack([np.asarray(image) for image in resized])
    edge = 2 * margin(cell_size)
    return np.pad(images_NHW, ((0, 0), (edge, edge), (edge, edge)))
