"""Which image files of a folder belong to which class and split, and what may be wrong there."""

import hashlib
import json
import logging
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.training.images.arrays import held_out

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
LAYOUT = (
    "An image folder holds one folder per class, each with its images, or train/ and val/ (and "
    "maybe test/) which hold these."
)
VAL_SHARE = 0.2
EXPLICIT = ("train", "val")
TEST = "test"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Image files by split: each file relative to ``root``, with its class index."""

    root: Path
    class_names: tuple[str, ...]
    files: dict[str, list[tuple[str, int]]]


def list_folder(root: Path, *, split_dir: Path | None, seed: int) -> Listing:
    """Return the files for training and validation.

    Args:
        root: the image folder.
        split_dir: where the split of a folder without ``val/`` is kept and found again.
        seed: draws that split.

    Raises:
        DataError: the folder is missing, or breaks a rule of the layout.
    """
    _check_directory(root)
    present = [name for name in EXPLICIT if (root / name).is_dir()]
    if len(present) == len(EXPLICIT):
        return _explicit(root, EXPLICIT)
    if present:
        missing = next(name for name in EXPLICIT if name not in present)
        raise DataError(
            f"{root} has {present[0]}/ but no {missing}/. Add {missing}/ with the same class "
            f"folders, or give the folder that holds the class folders to have it split 80/20."
        )
    return _split(root, _classes(root), split_dir=split_dir, seed=seed)


def list_test(root: Path) -> Listing:
    """Return the files of ``test/``, checked to hold the classes of ``train/``.

    Raises:
        DataError: there is no ``test/``, or it breaks a rule of the layout.
    """
    _check_directory(root)
    for name in (EXPLICIT[0], TEST):
        if not (root / name).is_dir():
            raise DataError(
                f"{root} has no test images: {name}/ is missing. Put them in {TEST}/ beside "
                "train/ and val/, with the same class folders."
            )
    return _explicit(root, (EXPLICIT[0], TEST))


def list_labelled(root: Path, split: str) -> Listing:
    """Return the files of ``split`` alone: of the folder of that name, else all there are.

    Raises:
        DataError: the folder is missing, or breaks a rule of the layout.
    """
    _check_directory(root)
    folder = root / split if (root / split).is_dir() else root
    classes = _classes(folder)
    names = tuple(classes)
    files = [(file, names.index(name)) for name in names for file in classes[name]]
    return Listing(root=folder, class_names=names, files={split: files})


def _check_directory(root: Path) -> None:
    if not root.exists():
        raise DataError(f"there is no image folder at {root}. Correct the path. {LAYOUT}")
    if not root.is_dir():
        raise DataError(f"{root} is a file, not a folder of images. {LAYOUT}")


def _classes(folder: Path) -> dict[str, list[str]]:
    """Return the images (relative paths, sorted) of each class folder in ``folder``."""
    try:
        names = sorted(p.name for p in folder.iterdir() if p.is_dir() and _is_visible(p.name))
        classes = {
            name: sorted(path.relative_to(folder).as_posix() for path in _images(folder / name))
            for name in names
        }
    except OSError as problem:
        raise DataError(
            f"{folder} cannot be listed: {problem}. Make every folder in it readable."
        ) from None
    if not any(classes.values()):
        raise DataError(
            f"{folder} holds no images in class folders. Images end in {listed(IMAGE_SUFFIXES)}; "
            f"found: {_suffixes(folder)}. {LAYOUT}"
        )
    empty = [name for name, files in classes.items() if not files]
    if empty:
        raise DataError(
            f"{folder}: no images for the class {listed(empty)}. Images end in "
            f"{listed(IMAGE_SUFFIXES)}. Add some or remove the folder."
        )
    if len(classes) == 1:
        raise DataError(
            f"{folder} holds the single class '{names[0]}': a classifier needs at least two. "
            f"{LAYOUT}"
        )
    return classes


def _images(folder: Path) -> Iterator[Path]:
    """Yield the image files in ``folder`` and the folders nested in it, hidden ones left out.

    Raises:
        OSError: a folder cannot be read.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if not _is_visible(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _images(Path(entry.path))
            elif Path(entry.name).suffix.lower() in IMAGE_SUFFIXES:
                yield Path(entry.path)


def _is_visible(name: str) -> bool:
    return not name.startswith(".")


def _suffixes(folder: Path) -> str:
    counts = Counter(path.suffix or path.name for path in folder.rglob("*") if path.is_file())
    return listed(f"{suffix} ({n})" for suffix, n in counts.most_common()) or "no files"


def _explicit(root: Path, splits: tuple[str, ...]) -> Listing:
    by_split = {split: _classes(root / split) for split in splits}
    first, *others = splits
    for other in others:
        for here, there in ((first, other), (other, first)):
            missing = sorted(set(by_split[here]) - set(by_split[there]))
            if missing:
                raise DataError(
                    f"{root}: {first}/ and {other}/ must hold the same classes, {there}/ lacks "
                    f"{listed(missing)}. Add the folders or remove them from {here}/."
                )
    names = tuple(by_split[first])
    return Listing(
        root=root,
        class_names=names,
        files={
            split: [
                (f"{split}/{file}", names.index(name)) for name in names for file in files[name]
            ]
            for split, files in by_split.items()
        },
    )


def _split(
    root: Path, classes: dict[str, list[str]], *, split_dir: Path | None, seed: int
) -> Listing:
    single = [name for name, files in classes.items() if len(files) == 1]
    if single:
        raise DataError(
            f"{root}: one image alone cannot both train and validate a class: {listed(single)}. "
            "Add images or remove the folder."
        )
    names = tuple(classes)
    labels = {file: names.index(name) for name in names for file in classes[name]}
    held_out = _held_out(classes, split_dir=split_dir, seed=seed)
    files: dict[str, list[tuple[str, int]]] = {"train": [], "val": []}
    for file, label in labels.items():
        files["val" if file in held_out else "train"].append((file, label))
    return Listing(root=root, class_names=names, files=files)


def _held_out(classes: dict[str, list[str]], *, split_dir: Path | None, seed: int) -> set[str]:
    """Return the validation files: those on record for just these files and seed, or drawn."""
    key = hashlib.sha256(json.dumps([seed, classes]).encode()).hexdigest()[:16]
    record = split_dir / f"split-{key}.json" if split_dir else None
    if record and record.is_file():
        try:
            val = set(json.loads(record.read_bytes())["val"])
        except (OSError, ValueError, KeyError, TypeError) as problem:
            logger.warning("the split in %s is unreadable (%s); drawn again", record, problem)
        else:
            return val
    val = _draw(classes, seed)
    if record:
        _keep(record, {"seed": seed, "val_share": VAL_SHARE, "val": sorted(val)})
    return val


def _keep(record: Path, content: dict[str, object]) -> None:
    """Write the split down if that is possible: drawn again it comes out the same."""
    try:
        with atomic_write(record) as file:
            file.write(json.dumps(content, indent=1).encode())
    except OSError as problem:
        logger.warning("the split %s cannot be written (%s); not kept", record, problem)


def _draw(classes: dict[str, list[str]], seed: int) -> set[str]:
    files = [file for members in classes.values() for file in members]
    sizes = [len(members) for members in classes.values()]
    labels_N = np.repeat(np.arange(len(classes)), sizes)
    validates_N = held_out(labels_N, share=VAL_SHARE, seed=seed)
    return {files[index] for index in np.flatnonzero(validates_N)}
