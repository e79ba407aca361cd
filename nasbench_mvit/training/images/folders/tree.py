"""The image files below a folder, and what was left out there."""

import errno
import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
#: Formats of images that are not read, in lower case.
OTHER_IMAGES = frozenset(
    {
        ".arw",
        ".avif",
        ".cr2",
        ".dng",
        ".heic",
        ".heif",
        ".jfif",
        ".jp2",
        ".jxl",
        ".nef",
    }
)
#: Folders of storage devices and systems, which hold thumbnails and deleted files, in lower case.
#: So are those with a leading dot, and the files that macOS and Windows add.
SYSTEM_FOLDERS = frozenset(
    {
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "@eadir",
        "@recently-snapshot",
        "@recycle",
        "@sharebin",
        "@tmp",
        "__macosx",
        "__pycache__",
        "lost+found",
        "system volume information",
    }
)
HIDDEN = "hidden (.*)"
LOOP = "links to a folder above"


@dataclass
class Folder:
    """A folder of images.

    Attributes:
        images: names of the image files directly in it, sorted.
        folders: the folders in it, by name, sorted.
    """

    images: list[str] = field(default_factory=list)
    folders: "dict[str, Folder]" = field(default_factory=dict)

    def files(self) -> Iterator[str]:
        """Yield the paths, relative to this folder, of all images in and below it."""
        yield from self.images
        for name, folder in self.folders.items():
            for file in folder.files():
                yield f"{name}/{file}"

    def filled(self) -> "dict[str, Folder]":
        """Return the folders in it that hold images, at any depth."""
        return {name: folder for name, folder in self.folders.items() if any(folder.files())}


def read_tree(path: Path, left_out: Counter[str]) -> Folder:
    """Return a folder as it is below links, which are followed unless they lead back above.

    A link to a missing image counts as an image, so that it is missed once it is read.

    Args:
        path: the folder.
        left_out: counts the files that are no images by their kind: the suffix, the name of a
            system's folder that they lie in, and so on.

    Raises:
        OSError: a folder cannot be read.
    """
    return _read(path, left_out, above=frozenset())


def _read(path: Path, left_out: Counter[str], above: frozenset[tuple[int, int]]) -> Folder:
    status = path.stat()
    own = (status.st_dev, status.st_ino)
    if own in above:
        left_out[LOOP] += 1
        return Folder()
    found = Folder()
    with os.scandir(path) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if reason := _reason(entry):
                left_out[reason] += _num_files(entry)
            elif _is_folder(entry):
                found.folders[entry.name] = _read(Path(entry.path), left_out, above | {own})
            else:
                found.images.append(entry.name)
    return found


def _reason(entry: "os.DirEntry[str]") -> str:
    """Return why an entry is neither an image nor a folder that may hold some; else nothing."""
    if entry.name.startswith("."):
        return HIDDEN
    if _is_folder(entry):
        return f"files in {entry.name}/" if entry.name.lower() in SYSTEM_FOLDERS else ""
    suffix = os.path.splitext(entry.name)[1]  # noqa: PTH122 - a path for each of millions is slow
    if suffix.lower() not in IMAGE_SUFFIXES:
        return suffix or entry.name
    return _special(entry)


def _num_files(entry: "os.DirEntry[str]") -> int:
    """Return the number of files at and below an entry; links are not followed."""
    if entry.is_dir(follow_symlinks=False):
        return sum(len(files) for _, _, files in os.walk(entry.path))
    return 1


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    """Return whether an entry is a folder or a link to one, which a link to itself is not."""
    try:
        return entry.is_dir()
    except OSError as problem:
        if problem.errno != errno.ELOOP:
            raise
        return False


def _special(entry: "os.DirEntry[str]") -> str:
    """Return the kind of an entry that is no regular file, "" for files and broken links."""
    try:
        if entry.is_file():
            return ""
        mode = entry.stat().st_mode
    except OSError:
        return ""
    kinds = {"pipes": stat.S_ISFIFO, "sockets": stat.S_ISSOCK}
    return next((kind for kind, is_one in kinds.items() if is_one(mode)), "devices")
