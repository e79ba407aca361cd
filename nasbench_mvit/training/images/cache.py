"""Decoded images kept on disk: a convenience that may vanish, break or fail at any time."""

import logging
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.zip_files import check_archive
from nasbench_mvit.training.images.arrays import Split

logger = logging.getLogger(__name__)


TRAIN_AND_VAL = ("train", "val")


def cached(
    path: Path | None,
    decode: Callable[[], tuple[Split, ...]],
    names: tuple[str, ...] = TRAIN_AND_VAL,
) -> tuple[Split, ...]:
    """Return the splits in ``path``, or decode and keep them there.

    Args:
        path: a file whose name changes with whatever it was decoded from; None keeps nothing.
        decode: decodes the splits.
        names: what they are called in the file, in the order of ``decode``.
    """
    if path is None:
        return decode()
    try:
        return _read(path, names)
    except FileNotFoundError:
        pass
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, zlib.error,
            zipfile.BadZipFile) as problem:  # fmt: skip
        logger.warning("the image cache %s is unreadable (%s); decoded again", path, problem)
    splits = decode()
    try:
        _write(path, dict(zip(names, splits, strict=True)))
    except OSError as problem:
        logger.warning("the image cache %s cannot be written (%s); not kept", path, problem)
    return splits


def _read(path: Path, names: tuple[str, ...]) -> tuple[Split, ...]:
    check_archive(path)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return tuple(
            Split(images=arrays[f"{name}_images"], labels=arrays[f"{name}_labels"])
            for name in names
        )


def _write(path: Path, splits: dict[str, Split]) -> None:
    arrays: dict[str, Any] = {}
    for name, split in splits.items():
        arrays |= {f"{name}_images": split.images, f"{name}_labels": split.labels}
    with atomic_write(path) as file:
        np.savez(file, **arrays)
