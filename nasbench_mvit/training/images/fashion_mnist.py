"""All of Fashion-MNIST, from the four IDX files as published, compressed or not.

The official test set is the test split; a sixth of each class of the training set validates.
The images lie in their cells just as those embedded in the package do.

Axes: N images, C channels, H rows, W columns.
"""

import gzip
import hashlib
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images.arrays import (
    DatasetDescription,
    ImageData,
    Split,
    UInt8Array,
    check_memory,
    held_out,
    stored_size,
)
from nasbench_mvit.training.images.embedded import garments, on_canvas

TRAIN, TEST = "train", "t10k"
SIDE = 28
VAL_SHARE = 1 / 6  # 1,000 of the 6,000 images of each class
IDX_UINT8 = 0x08  # third byte of an IDX file; the fourth is the number of dimensions
MAX_FILE_BYTES = 64 * 2**20  # the largest of the four takes 45 MiB
SHA256 = {  # of the uncompressed files
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
DESCRIPTION = DatasetDescription(
    name="Fashion-MNIST",
    licence="MIT, Copyright (c) 2017 Zalando SE",
    origin="https://github.com/zalandoresearch/fashion-mnist (arXiv 1708.07747)",
)
ADVICE = (
    "Get the four files of https://github.com/zalandoresearch/fashion-mnist (Debian: package "
    "dataset-fashion-mnist) and give their folder, as fashion_mnist:FOLDER."
)


def open_fashion_mnist(folder: Path, *, cell_size: int, seed: int) -> ImageData:
    """Return 50,000 training and 10,000 validation images, 5,000 and 1,000 of each class.

    Args:
        folder: where the IDX files lie.
        cell_size: side in pixels of the square an image will fill.
        seed: draws the validation images.

    Raises:
        DataError: a file is missing, truncated or not one of Fashion-MNIST.
    """
    official = _read(folder, TRAIN, cell_size)
    validates_N = held_out(official.labels, share=VAL_SHARE, seed=seed)
    train, val = (
        Split(images=official.images[chosen_N], labels=official.labels[chosen_N])
        for chosen_N in (~validates_N, validates_N)
    )
    data = garments(train, val, cell_size=cell_size, description=DESCRIPTION)
    return replace(data, val_is_drawn=True)


def open_fashion_mnist_test(folder: Path, *, cell_size: int) -> Split:
    """Return the 10,000 official test images.

    Raises:
        DataError: as for ``open_fashion_mnist``.
    """
    return _read(folder, TEST, cell_size)


def _read(folder: Path, prefix: str, cell_size: int) -> Split:
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder} with the files of Fashion-MNIST. {ADVICE}")
    images_NHW = _read_idx(folder, f"{prefix}-images-idx3-ubyte", (SIDE, SIDE))
    labels_N = _read_idx(folder, f"{prefix}-labels-idx1-ubyte", ())
    if len(images_NHW) != len(labels_N):
        raise DataError(
            f"{folder}: {len(images_NHW)} {prefix} images do not go with {len(labels_N)} labels. "
            f"{ADVICE}"
        )
    side = stored_size(cell_size)
    check_memory((len(images_NHW), 1, side, side), origin=str(folder))
    return Split(images=on_canvas(images_NHW, cell_size)[:, None], labels=labels_N.astype(np.int64))


def _read_idx(folder: Path, name: str, item_shape: tuple[int, ...]) -> UInt8Array:
    """Return the items of an IDX file, (N, *item_shape), once they are proven the published ones.

    The header is big-endian: two zero bytes, the type, the number of dimensions, each dimension.
    """
    path, content = _content(folder, name)
    header = struct.Struct(f">HBB{1 + len(item_shape)}I")
    if len(content) < header.size:
        raise DataError(f"{path} is truncated: it has {len(content)} bytes. {ADVICE}")
    zero, kind, num_dimensions, num_items, *shape = header.unpack_from(content)
    if (zero, kind, num_dimensions, *shape) != (0, IDX_UINT8, 1 + len(item_shape), *item_shape):
        wanted = "×".join(("N", *map(str, item_shape)))
        raise DataError(f"{path} is no IDX file of {wanted} bytes. {ADVICE}")
    items = np.frombuffer(content, np.uint8, offset=header.size)
    expected = num_items * int(np.prod(item_shape, dtype=np.int64))
    if len(items) != expected:
        raise DataError(
            f"{path} is truncated or has more than its header says: {expected} bytes must follow "
            f"the header, {len(items)} do. {ADVICE}"
        )
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise DataError(
            f"{path} is not the file of Fashion-MNIST: its SHA-256, uncompressed, must be "
            f"{SHA256[name]}. MNIST and others use the same names. {ADVICE}"
        )
    return items.reshape(num_items, *item_shape)


def _content(folder: Path, name: str) -> tuple[Path, bytes]:
    """Return the path and the content of a file that may be compressed."""
    plain, compressed = folder / name, folder / f"{name}.gz"
    path = plain if plain.is_file() else compressed
    try:
        with plain.open("rb") if path == plain else gzip.open(compressed) as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise DataError(f"{folder} holds neither {name} nor {name}.gz. {ADVICE}") from None
    except (OSError, EOFError, zlib.error) as problem:
        raise DataError(f"{path} cannot be read: {problem}. {ADVICE}") from None
    if len(content) > MAX_FILE_BYTES:
        raise DataError(
            f"{path} holds more than {MAX_FILE_BYTES // 2**20} MiB, none of Fashion-MNIST's files "
            f"does. {ADVICE}"
        )
    return path, content
