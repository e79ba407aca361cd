"""Which folders in a folder of images are splits, by their names, and which are classes."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.training.images.folders.tree import Folder

TRAIN, VAL, TEST = "train", "val", "test"
#: Names of the folders of each split, in any case; ``set`` and the like and a number may follow.
SPLIT_NAMES: Mapping[str, tuple[str, ...]] = {
    TRAIN: ("train", "training"),
    VAL: ("val", "valid", "validation", "dev", "eval"),
    TEST: ("test", "testing"),
}
_PATTERNS = {
    split: re.compile(
        rf"({'|'.join(names)})[ _.-]*(set|data|images|split)?[ _.-]*\d*", re.IGNORECASE
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
        DataError: two folders have names of the same split, or classes lie beside a split.
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
    if found and beside and not {TRAIN, VAL} <= found.keys():
        raise DataError(
            f"{root}: are the images in {_folders(found.values())} a split or a class? Names and "
            f"class folders speak for a split, {_folders(beside)} beside for a class. Rename it if "
            f"it is a class, or move the class folders beside it into {found.get(TRAIN, TRAIN)}/."
        )
    return found


def _folders(names: Iterable[str]) -> str:
    return listed(f"{name}/" for name in names)
