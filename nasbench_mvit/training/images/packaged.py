"""Image sets that come with this package: their files, read by checksum, and what all share."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images.arrays import (
    SHIFTS_ONLY,
    DatasetDescription,
    ImageData,
    Split,
    fingerprint,
)

CHECKSUMS = "SHA256SUMS"


def packaged_arrays(folder: Path, name: str) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an archive whose SHA-256 is the one on record beside it.

    Raises:
        DataError: a file is missing or is not the one this version was released with.
    """
    with np.load(io.BytesIO(_read_checked(folder, name)), allow_pickle=False) as arrays:
        return dict(arrays)


def image_set(
    class_names: tuple[str, ...],
    train: Split,
    val: Split,
    *,
    cell_size: int,
    description: DatasetDescription,
) -> ImageData:
    """Return two splits as one set, with shifts as the only crops."""
    return ImageData(
        train=train,
        val=val,
        class_names=class_names,
        cell_size=cell_size,
        min_crop=SHIFTS_ONLY,
        description=description,
        fingerprint=fingerprint(class_names, train, val),
    )


def _read_checked(folder: Path, name: str) -> bytes:
    reinstall = "Install the package again."
    try:
        content = (folder / name).read_bytes()
        lines = (folder / CHECKSUMS).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise DataError(f"the embedded images cannot be read: {problem}. {reinstall}") from None
    expected = {file: digest for digest, _, file in (line.partition("  ") for line in lines)}
    actual = hashlib.sha256(content).hexdigest()
    if actual != expected.get(name):
        raise DataError(
            f"the embedded images in {folder / name} are not the released ones: their SHA-256 "
            f"must be {expected.get(name)}, it is {actual}. {reinstall}"
        )
    return content
