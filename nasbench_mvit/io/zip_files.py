"""Checks of zip archives, such as .npz and .pt files, before they are read."""

import zipfile
from pathlib import Path


def check_archive(path: Path) -> None:
    """Compare the content of an archive with the checksums it holds.

    Raises:
        zipfile.BadZipFile: a checksum is wrong or the file is not an archive.
        RuntimeError: the archive uses unknown features.
    """
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f"the checksum of {damaged} is wrong")
