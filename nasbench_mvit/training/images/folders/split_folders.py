"""Which folders in a folder of images are splits, by their names, and which are classes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.io.text_files import normalised
from nasbench_mvit.training.images.folders.tree import Folder

TRAIN, VAL, TEST = "train", "val", "test"
#: Names of the folders of each split, in any case; ``set`` and the like and a number may stand
#: before or after.
SPLIT_NAMES: Mapping[str, tuple[str, ...]] = {
    TRAIN: ("train", "training", "trn"),
    VAL: ("val", "valid", "validation", "vld", "dev", "eval"),
    TEST: ("test", "testing", "tst"),
}
_WORDS = "(set|data|images|split)"
_PATTERNS = {
    split: re.compile(
        rf"(\d+[ _.-]*)?({_WORDS}[ _.-]+)?({'|'.join(names)})[ _.-]*{_WORDS}?[ _.-]*\d*",
        re.IGNORECASE,
    )
    for split, names in SPLIT_NAMES.items()
}


def split_named(name: str) -> str | None:
    """Return the split of that name, None if there is none."""
    return next((split for split, names in _PATTERNS.items() if names.fullmatch(name)), None)


def split_folders(root: Path, tree: Folder) -> dict[str, str]:
    """Return the folder of each split there is; none where all folders are classes.

    A folder with the name of a split that holds images itself, rather than class folders, is a
    class, as among somebody's photos of buses, cars and trains.

    Raises:
        DataError: two folders have names of the same split, classes lie beside a split, or folders
            hold the same class folders, as splits do, without having their names.
    """
    found: dict[str, str] = {}
    for name, folder in tree.folders.items():
        split = split_named(name)
        if split is None or (folder.images and len(folder.filled()) < 2):
            continue
        if split in found:
            raise DataError(
                f"{root}: {found[split]}/ and {name}/ both bear names of the {split} images. "
                "Merge them, or rename the one that is not to be used."
            )
        found[split] = name
    beside = sorted(tree.filled().keys() - found.values())
    if beside and not {TRAIN, VAL} <= found.keys():
        _check_unnamed(root, tree, found, beside)
    if found and beside and not {TRAIN, VAL} <= found.keys():
        raise DataError(
            f"{root}: are the images in {_folders(found.values())} a split or a class? Names and "
            f"class folders speak for a split, {_folders(beside)} beside for a class. Rename it if "
            f"it is a class, or move the class folders beside it into {found.get(TRAIN, TRAIN)}/."
        )
    return found


def _check_unnamed(
    root: Path, tree: Folder, found: Mapping[str, str], beside: Sequence[str]
) -> None:
    """Refuse folders that hold the same class folders, of which some lack the name of a split."""
    names = [*found.values(), *beside]
    classes = [_class_folders(tree.folders[name]) for name in names]
    common = frozenset.intersection(*classes)
    looks_alike = len(names) > 1 and len(common) > 1 and len(set(classes)) == 1
    if looks_alike or (found and common):
        missing = [f"{split}/" for split in (TRAIN, VAL) if split not in found]
        raise DataError(
            f"{root}: {_folders(names)} hold the same folders, {listed(sorted(common))}, as splits "
            f"do, but {_folders(beside)} without the name of a split. Rename what is to be "
            f"{' and '.join(missing)}, or give one folder alone, like "
            f"imagefolder:{root / names[0]}. If they are classes, move the images out of the "
            "folders within them."
        )


def _class_folders(folder: Folder) -> frozenset[str]:
    """Return the names of the folders with images in a folder that holds no image itself."""
    return frozenset() if folder.images else frozenset(map(normalised, folder.filled()))


def _folders(names: Iterable[str]) -> str:
    return listed(f"{name}/" for name in names)
