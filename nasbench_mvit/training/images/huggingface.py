"""Image classification sets that ``datasets``, the library of Hugging Face, opens.

The training split trains, the validation split validates, and the test split is kept for the
end. Without a validation split a fifth of each class of the training split is held out.

Axes: N images.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.training.images.arrays import (
    RANDOM_CROPS,
    DatasetDescription,
    ImageData,
    Int64Array,
    Split,
    fingerprint,
    held_out,
)
from nasbench_mvit.training.images.cache import cached
from nasbench_mvit.training.images.decode import Encoded, decode_all
from nasbench_mvit.training.images.folders.drawn_split import VAL_SHARE
from nasbench_mvit.training.images.folders.split_folders import TEST, TRAIN, VAL, split_named
from nasbench_mvit.training.images.huggingface_library import Table, load_splits

ROWS_AT_ONCE = 64


def open_hub(location: str, *, cell_size: int, cache_dir: Path | None, seed: int) -> ImageData:
    """Return the training and validation images of a set.

    Args:
        location: its name on the Hugging Face Hub or a local folder, which ``load_dataset`` reads
            or ``save_to_disk`` wrote, and maybe a colon and the name of a configuration.
        cell_size: side in pixels of the square an image will fill.
        cache_dir: where the decoded images are kept for the next opening.
        seed: draws the validation images of a set without a validation split.

    Raises:
        DataError: the library is not installed, the set is not within reach, or it does not hold
            labelled images of at least two classes.
    """
    splits = load_splits(location)
    tables = _train_and_val(splits, location, seed)
    class_names = tables[0].class_names
    key = _cache_key(tables, cell_size)
    train, val = cached(
        cache_dir / f"images-{key}.npz" if cache_dir and key else None,
        lambda: (_decode(tables[0], cell_size), _decode(tables[1], cell_size)),
    )
    return ImageData(
        train=train,
        val=val,
        class_names=class_names,
        cell_size=cell_size,
        min_crop=RANDOM_CROPS,
        description=DatasetDescription(
            name=location,
            licence=tables[0].licence or "see the card of the data set",
            origin=f"opened by the library datasets from {location}",
        ),
        fingerprint=fingerprint(class_names, train, val),
        val_is_drawn=_find(splits, VAL) is None,
    )


def open_hub_test(location: str, *, cell_size: int, cache_dir: Path | None) -> Split:
    """Return the images of the test split.

    Raises:
        DataError: as for ``open_hub``, or there is no test split, or its labels are withheld.
    """
    splits = load_splits(location)
    table = _find(splits, TEST)
    if table is None:
        raise DataError(
            f"huggingface:{location} has no test images: its splits are {_sizes(splits)}. Call a "
            f"labelled one '{TEST}' (DatasetDict of the library datasets), save_to_disk and give "
            "that folder."
        )
    train = _find(splits, TRAIN)
    if train is not None:
        _check_same_classes(train, table)
    key = _cache_key((table,), cell_size)
    path = cache_dir / f"images-{key}.npz" if cache_dir and key else None
    (test,) = cached(path, lambda: (_decode(table, cell_size),), (TEST,))
    return test


def _train_and_val(splits: Mapping[str, Table], location: str, seed: int) -> tuple[Table, Table]:
    """Return the tables to train and to validate on, checked to fit each other."""
    train, val = _find(splits, TRAIN), _find(splits, VAL)
    if train is None:
        raise DataError(
            f"huggingface:{location} has no images to train on: its splits are {_sizes(splits)}. "
            f"Call one '{TRAIN}' (DatasetDict of the library datasets), save_to_disk and give "
            "that folder."
        )
    alike = sorted({name for name in train.class_names if train.class_names.count(name) > 1})
    if alike:
        raise DataError(
            f"huggingface:{location} has several classes called {listed(alike)}, in different "
            "Unicode forms. Merge or rename them."
        )
    labels_N = train.labels()
    counts = np.bincount(labels_N, minlength=len(train.class_names))
    if np.count_nonzero(counts) < 2:
        raise DataError(
            f"huggingface:{location} trains on {len(labels_N)} images of "
            f"{np.count_nonzero(counts)} class: a classifier needs at least two."
        )
    if val is not None:
        _check_same_classes(train, val)
        return train, val
    single = [train.class_names[label] for label in np.flatnonzero(counts == 1)]
    if single:
        raise DataError(
            f"huggingface:{location}: one image alone cannot both train and validate a class: "
            f"{listed(single)}. Add images, or a split called validation."
        )
    validates_N = held_out(labels_N, share=VAL_SHARE, seed=seed)
    return train.chosen(~validates_N), train.chosen(validates_N)


def _find(splits: Mapping[str, Table], split: str) -> Table | None:
    return next((table for name, table in splits.items() if split_named(name) == split), None)


def _sizes(splits: Mapping[str, Table]) -> str:
    return listed(f"{name} ({len(table)} images)" for name, table in splits.items())


def _check_same_classes(first: Table, second: Table) -> None:
    if first.class_names != second.class_names:
        raise DataError(
            f"{first.name} and {second.name} must hold the same classes in the same order: "
            f"{listed(first.class_names)}; {listed(second.class_names)}."
        )


def _cache_key(tables: tuple[Table, ...], cell_size: int) -> str | None:
    """Return a hash that changes with the files behind the tables and the rows taken of them."""
    entries = [(table.files(), table.rows.tolist()) for table in tables]
    if not all(files for files, _ in entries):
        return None  # made in memory: nothing tells whether it has changed
    return hashlib.sha256(json.dumps([cell_size, entries]).encode()).hexdigest()[:16]


def _decode(table: Table, cell_size: int) -> Split:
    labels_N: Int64Array = table.labels()
    images_NCHW = decode_all(_encoded(table), len(table), origin=table.name, cell_size=cell_size)
    return Split(images=images_NCHW, labels=labels_N)


def _encoded(table: Table) -> Iterator[Encoded]:
    for row, image in zip(table.rows, table.images(ROWS_AT_ONCE), strict=True):
        name = f"{table.name}, image {row}"
        if image is None:
            raise DataError(f"{name} is missing. Remove the row.")
        if image["bytes"] is not None:
            yield Encoded(name, image["bytes"])
        else:
            yield Encoded(f"{name} ({image['path']})", Path(image["path"]))
