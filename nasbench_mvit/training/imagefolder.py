"""A user's own images: a folder with one folder per class, decoded once and cached.

Axes: N images, C channels, H rows, W columns.
"""

import hashlib
import json
import logging
import os
import zipfile
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from nasbench_mvit.errors import DataError
from nasbench_mvit.files import atomic_write
from nasbench_mvit.training.archive import check_archive
from nasbench_mvit.training.images import (
    Description,
    ImageData,
    Split,
    UInt8Array,
    fingerprint,
    stored_size,
)
from nasbench_mvit.training.listing import TEST, Listing, list_folder, list_test

RGB = 3
MAX_DECODED_BYTES = 4 * 2**30
SMALLEST_CROP = 0.75  # of the cell's side: photographs bear a zoom, tight crops lose the object
SIXTEEN_TO_EIGHT_BIT = 257  # 65535 / 255

logger = logging.getLogger(__name__)


def open_folder(root: Path, *, cell_size: int, cache_dir: Path | None, seed: int) -> ImageData:
    """Return the training and validation images of a folder.

    Raises:
        DataError: the folder breaks a rule of the layout, is too large or holds a broken image.
    """
    listing = list_folder(root, split_dir=cache_dir, seed=seed)
    train, val = _decode_cached(listing, cell_size=cell_size, cache_dir=cache_dir)
    return ImageData(
        train=train,
        val=val,
        class_names=listing.class_names,
        cell_size=cell_size,
        min_crop=SMALLEST_CROP,
        description=Description(
            name=root.resolve().name, licence="the user's own images", origin=str(root.resolve())
        ),
        fingerprint=fingerprint(listing.class_names, train, val),
    )


def open_folder_test(root: Path, *, cell_size: int) -> Split:
    """Return the images of ``test/``.

    Raises:
        DataError: as for ``open_folder``, or there is no ``test/``.
    """
    listing = list_test(root)
    return _decode(listing, TEST, cell_size)


def _decode_cached(
    listing: Listing, *, cell_size: int, cache_dir: Path | None
) -> tuple[Split, Split]:
    path = cache_dir / f"images-{_cache_key(listing, cell_size)}.npz" if cache_dir else None
    if path and path.is_file():
        try:
            return _read_cache(path)
        except (OSError, EOFError, RuntimeError, ValueError, KeyError, zlib.error,
                zipfile.BadZipFile) as problem:  # fmt: skip
            logger.warning("the image cache %s is unreadable (%s); decoded again", path, problem)
    train, val = _decode(listing, "train", cell_size), _decode(listing, "val", cell_size)
    if path:
        with atomic_write(path) as file:
            np.savez(
                file,
                train_images=train.images,
                train_labels=train.labels,
                val_images=val.images,
                val_labels=val.labels,
            )
    return train, val


def _cache_key(listing: Listing, cell_size: int) -> str:
    """Return a hash that changes with any file's path, size, time, class or split."""
    entries = []
    for split, files in listing.files.items():
        for file, label in files:
            stat = (listing.root / file).stat()
            entries.append((split, file, label, stat.st_size, stat.st_mtime_ns))
    text = json.dumps([str(listing.root.resolve()), cell_size, entries])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read_cache(path: Path) -> tuple[Split, Split]:
    check_archive(path)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        train, val = (
            Split(images=arrays[f"{split}_images"], labels=arrays[f"{split}_labels"])
            for split in ("train", "val")
        )
    return train, val


def _decode(listing: Listing, split: str, cell_size: int) -> Split:
    """Decode the images of a split in as many threads as there are processors."""
    side = stored_size(cell_size)
    files = listing.files[split]
    _check_memory(listing, len(files), side)
    images_NCHW = np.empty((len(files), RGB, side, side), np.uint8)
    paths = [listing.root / file for file, _ in files]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        _fill(images_NCHW, threads, paths)
    return Split(images=images_NCHW, labels=np.array([label for _, label in files], np.int64))


def _fill(images_NCHW: UInt8Array, threads: ThreadPoolExecutor, paths: Sequence[Path]) -> None:
    decode = partial(_decode_file, side=images_NCHW.shape[-1])
    for index, image_CHW in enumerate(threads.map(decode, paths)):
        images_NCHW[index] = image_CHW


def _check_memory(listing: Listing, num_images: int, side: int) -> None:
    needed = num_images * RGB * side**2
    if needed > MAX_DECODED_BYTES:
        raise DataError(
            f"{listing.root}: {num_images} images of {side} px take {needed / 2**30:.1f} GiB "
            f"decoded, at most {MAX_DECODED_BYTES / 2**30:.0f} GiB are held. Search on fewer "
            "images or a smaller input_size."
        )


def _decode_file(path: Path, side: int) -> UInt8Array:
    """Return an image as (3, side, side): short side scaled to ``side``, centre kept."""
    try:
        with Image.open(path) as image:
            image.draft("RGB", (side, side))  # JPEG decodes straight to a smaller size
            upright = ImageOps.exif_transpose(image)
            rgb = _to_eight_bit(upright).convert("RGB")
        fitted = ImageOps.fit(rgb, (side, side), Image.Resampling.BILINEAR)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        raise DataError(
            f"{path} cannot be read as an image: {problem}. Replace or remove the file."
        ) from None
    return np.asarray(fitted).transpose(2, 0, 1)


def _to_eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey, which Pillow would otherwise clip to white."""
    if not image.mode.startswith("I"):
        return image
    values = np.asarray(image, np.float32) / SIXTEEN_TO_EIGHT_BIT
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))
