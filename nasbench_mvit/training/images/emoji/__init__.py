"""Emoji on drawn backgrounds: a task in colour inside this package, ten classes.

The cut-outs beside this file are made by ``tools/make_emoji.py``; README.md there names their
source and licence. Every image has one of them, somewhere in its middle, on a background of its
own; what it shows depends on its number alone. Axes: N images, H rows, W columns, C channels.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from nasbench_mvit.training.images.arrays import (
    DatasetDescription,
    ImageData,
    Int64Array,
    Split,
    UInt8Array,
    check_memory,
    margin,
    stored_size,
)
from nasbench_mvit.training.images.emoji.background import background
from nasbench_mvit.training.images.packaged import image_set, packaged_arrays

FOLDER = Path(__file__).parent
CUT_OUT_PX = 64
CLASS_NAMES = (
    "face",
    "person",
    "hand",
    "mammal",
    "plant",
    "produce",
    "meal",
    "clothing",
    "building",
    "vehicle",
)
PER_CLASS = {"train": 600, "val": 150, "test": 150}
SIZES = (0.85, 1.0)  # of an object's square, as a share of what every shift keeps
GAINS = (0.85, 1.15)  # of an object's red, green and blue
DESCRIPTION = DatasetDescription(
    name="Emoji on drawn backgrounds",
    licence="Apache-2.0 (pictures: Noto Emoji, Copyright Google Inc.), MIT (their names and "
    "categories: Copyright (c) 2013 Cal Henderson)",
    origin="https://www.npmjs.com/package/emoji-datasource-google, version 16.0.0, from "
    "https://github.com/googlefonts/noto-emoji; backgrounds drawn by this package",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class CutOuts:
    """Pictures of objects without a background.

    Attributes:
        rgba: (N, H, W, 4), uint8, H = W = ``CUT_OUT_PX``; alpha is not multiplied in.
        labels: (N,), int64, indices into ``CLASS_NAMES``.
        objects: (N,), int64; equal for the variants of one object, such as its skin tones.
        names: (N,), the short names of the data set.
    """

    rgba: UInt8Array
    labels: Int64Array
    objects: Int64Array
    names: npt.NDArray[np.str_]


def cut_outs(split: str) -> CutOuts:
    """Return the cut-outs of "train", "val" or "test", which have no object in common.

    Raises:
        DataError: a file is missing or is not the one this version was released with.
    """
    arrays = packaged_arrays(FOLDER, f"emoji_{split}.npz")
    return CutOuts(
        rgba=arrays["rgba"],
        labels=arrays["labels"].astype(np.int64),
        objects=arrays["objects"].astype(np.int64),
        names=arrays["names"],
    )


def open_emoji(*, cell_size: int) -> ImageData:
    """Return the 6,000 training and 1,500 validation images.

    Raises:
        DataError: as for ``cut_outs``; or they do not fit into memory at this size.
    """
    train, val = _compose("train", cell_size), _compose("val", cell_size)
    return image_set(CLASS_NAMES, train, val, cell_size=cell_size, description=DESCRIPTION)


def open_emoji_test(*, cell_size: int) -> Split:
    """Return the 1,500 test images.

    Raises:
        DataError: as for ``open_emoji``.
    """
    return _compose("test", cell_size)


def _compose(split: str, cell_size: int) -> Split:
    """Return the images of a split: equally many of each class, of each of its objects alike."""
    side = stored_size(cell_size)
    labels_N = np.repeat(np.arange(len(CLASS_NAMES)), PER_CLASS[split])
    check_memory((len(labels_N), 3, side, side), origin=f"emoji, {split}")
    found = cut_outs(split)
    images_NCHW = np.empty((len(labels_N), 3, side, side), np.uint8)
    variants = [np.flatnonzero(found.objects == number) for number in np.unique(found.objects)]
    by_label = [
        [rows for rows in variants if found.labels[rows[0]] == label]
        for label in range(len(CLASS_NAMES))
    ]
    for index, label in enumerate(labels_N):
        rng = np.random.default_rng((list(PER_CLASS).index(split), index))
        rows = by_label[label][index % len(by_label[label])]
        image_HWC = _image(found.rgba[rows[rng.integers(len(rows))]], cell_size, rng)
        images_NCHW[index] = image_HWC.transpose(2, 0, 1)
    return Split(images=images_NCHW, labels=labels_N)


def _image(rgba_HWC: UInt8Array, cell_size: int, rng: np.random.Generator) -> UInt8Array:
    """Return a cut-out on a background, of the size of a stored image.

    The object is smaller than the cell by a margin or more, and no shift of a window cuts it.
    """
    edge = 2 * margin(cell_size)
    inner = stored_size(cell_size) - 2 * edge
    size = round(inner * rng.uniform(*SIZES))
    left, top = edge + rng.integers(inner - size + 1, size=2)
    gains_C = rng.uniform(*GAINS, size=3)
    image_HWC = background(rng, stored_size(cell_size))
    small = Image.fromarray(rgba_HWC).resize((size, size), Image.Resampling.BILINEAR)
    object_HWC = np.asarray(small)
    alpha_HW1 = object_HWC[..., 3:] / 255
    where = slice(top, top + size), slice(left, left + size)
    coloured_HWC = (object_HWC[..., :3] * gains_C).clip(max=255)
    image_HWC[where] += alpha_HW1 * (coloured_HWC - image_HWC[where])
    return np.rint(image_HWC).astype(np.uint8)
