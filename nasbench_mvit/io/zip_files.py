"""Zip archives, such as .npz and .pt files, checked before they are trusted."""

import zipfile
from pathlib import Path


def check_archive(path: Path) -> None:
    """Compare the content of an archive with the checksums it holds.

    Raises:
        zipfile.BadZipFile: a checksum is wrong or the file is no archive.
        RuntimeError: the archive claims features that are unknown.
    """
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f"the checksum of {damaged} is wrong")
