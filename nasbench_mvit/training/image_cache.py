"""Decoded images kept on disk: a convenience that may vanish, break or fail at any time."""

import logging
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nasbench_mvit.files import atomic_write
from nasbench_mvit.training.archive import check_archive
from nasbench_mvit.training.images import Split

logger = logging.getLogger(__name__)


def cached(path: Path | None, decode: Callable[[], tuple[Split, Split]]) -> tuple[Split, Split]:
    """Return the training and validation images in ``path``, or decode and keep them there.

    Args:
        path: a file whose name changes with whatever it was decoded from; None keeps nothing.
        decode: makes the images anew.
    """
    if path is None:
        return decode()
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, zlib.error,
            zipfile.BadZipFile) as problem:  # fmt: skip
        logger.warning("the image cache %s is unreadable (%s); decoded again", path, problem)
    splits = decode()
    try:
        _write(path, splits)
    except OSError as problem:
        logger.warning("the image cache %s cannot be written (%s); not kept", path, problem)
    return splits


def _read(path: Path) -> tuple[Split, Split]:
    check_archive(path)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        train, val = (
            Split(images=arrays[f"{split}_images"], labels=arrays[f"{split}_labels"])
            for split in ("train", "val")
        )
    return train, val


def _write(path: Path, splits: tuple[Split, Split]) -> None:
    train, val = splits
    with atomic_write(path) as file:
        np.savez(
            file,
            train_images=train.images,
            train_labels=train.labels,
            val_images=val.images,
            val_labels=val.labels,
        )
