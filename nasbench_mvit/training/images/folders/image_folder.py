"""A user's own images: a folder with one folder per class, decoded once and cached.

Axes: N images.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from nasbench_mvit.errors import DataError
from nasbench_mvit.io.text_files import escaped
from nasbench_mvit.training.images.arrays import (
    RANDOM_CROPS,
    DatasetDescription,
    ImageData,
    Split,
    fingerprint,
)
from nasbench_mvit.training.images.cache import cached
from nasbench_mvit.training.images.decode import Encoded, decode_all
from nasbench_mvit.training.images.folders.listing import Listing, list_folder, list_test
from nasbench_mvit.training.images.folders.split_folders import TEST


def open_folder(root: Path, *, cell_size: int, cache_dir: Path | None, seed: int) -> ImageData:
    """Return the training and validation images of a folder.

    Raises:
        DataError: the folder breaks a rule of the layout, is too large or holds a broken image.
    """
    listing = list_folder(root, split_dir=cache_dir, seed=seed)
    path = cache_dir / f"images-{_cache_key(listing, cell_size)}.npz" if cache_dir else None
    train, val = cached(
        path,
        lambda: (_decode(listing, "train", cell_size), _decode(listing, "val", cell_size)),
    )
    return ImageData(
        train=train,
        val=val,
        class_names=listing.class_names,
        cell_size=cell_size,
        min_crop=RANDOM_CROPS,
        description=DatasetDescription(
            name=escaped(root.resolve().name),
            licence="the user's own images",
            origin=escaped(root.resolve()),
        ),
        fingerprint=fingerprint(listing.class_names, train, val),
        notes=listing.notes,
        val_is_drawn=not listing.folders,
    )


def open_folder_test(root: Path, *, cell_size: int, cache_dir: Path | None) -> Split:
    """Return the images of ``test/``.

    Raises:
        DataError: as for ``open_folder``, or there is no ``test/``.
    """
    listing = list_test(root)
    path = cache_dir / f"images-{_cache_key(listing, cell_size)}.npz" if cache_dir else None
    (test,) = cached(path, lambda: (_decode(listing, TEST, cell_size),), (TEST,))
    return test


def _cache_key(listing: Listing, cell_size: int) -> str:
    """Return a hash that changes with any file's path, size, time, class or split."""
    entries = []
    for split, files in listing.files.items():
        for file, label in files:
            try:
                stat = (listing.root / file).stat()
            except OSError as problem:
                raise DataError(
                    f"an image cannot be read: {problem}. Replace or remove it."
                ) from None
            entries.append((split, file, label, stat.st_size, stat.st_mtime_ns))
    text = json.dumps([str(listing.root.resolve()), cell_size, entries])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _decode(listing: Listing, split: str, cell_size: int) -> Split:
    files = listing.files[split]
    encoded = (Encoded(str(listing.root / file), listing.root / file) for file, _ in files)
    return Split(
        images=decode_all(encoded, len(files), origin=str(listing.root), cell_size=cell_size),
        labels=np.array([label for _, label in files], np.int64),
    )
