"""Which annotation files lie in a folder in COCO's format, and where the images of each are."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.training.images.folders.split_folders import TRAIN, split_named

OFFICIAL = "instances_"  # beside captions_ and person_keypoints_ in COCO's own folder
SAMPLE = 50  # images looked for in each folder that may hold them
LAYOUT = (
    "Give a folder with annotations/instances_train.json and train/ (and the same of val), with "
    "train/_annotations.coco.json beside its images, or with one .json file and images/."
)


class CocoPart(NamedTuple):
    """An annotation file and the folders in which its images may lie."""

    path: Path
    folders: tuple[Path, ...]


def find_parts(root: Path) -> tuple[dict[str, CocoPart], tuple[str, ...]]:
    """Return the annotation file of each split, "train" alone where none is called so, and notes.

    Args:
        root: the folder, or one annotation file.

    Raises:
        DataError: there is none, or several have the name of one split.
    """
    if root.is_file():
        return {TRAIN: _part(root, root.parent)}, ()
    if not root.is_dir():
        raise DataError(f"there is no folder or file {root}. {LAYOUT}")
    paths = _annotation_files(root)
    if not paths:
        raise DataError(f"{root} holds no annotation file (.json). {LAYOUT}")
    found: dict[str, Path] = {}
    unnamed: list[Path] = []
    for path in paths:
        split = split_named(_split_name(path, root))
        if split is None:
            unnamed.append(path)
        elif split in found:
            raise DataError(
                f"{found[split]} and {path} both bear names of the {split} images. Merge them, or "
                "move the one that is not to be used."
            )
        else:
            found[split] = path
    if not found and len(unnamed) == 1:
        found[TRAIN] = unnamed.pop()
    if TRAIN not in found:
        raise DataError(
            f"{root}: none of the annotation files {listed(path.name for path in paths)} is of the "
            f"training images by its name. {LAYOUT}"
        )
    left_out = f"left out: {listed(path.relative_to(root) for path in unnamed)}, of no split"
    parts = {split: _part(path, root) for split, path in found.items()}
    return parts, (left_out,) if unnamed else ()


def _annotation_files(root: Path) -> list[Path]:
    """Return the .json files in a folder and its folders; COCO's own only where they are."""
    depths = ("*.json", "*/*.json")
    paths = sorted(path for depth in depths for path in root.glob(depth) if path.is_file())
    official = [path for path in paths if path.name.startswith(OFFICIAL)]
    return official or paths


def _split_name(path: Path, root: Path) -> str:
    """Return the part of a file's name, or else its folder's, that may name a split."""
    stem = path.name.removeprefix(OFFICIAL).removesuffix(".json").removesuffix(".coco")
    return stem if split_named(stem) or path.parent == root else path.parent.name


def image_folder(part: CocoPart, files: Sequence[str]) -> Path:
    """Return the folder that holds most of the first images of an annotation file.

    Raises:
        DataError: none holds any.
    """
    found = [sum((folder / file).is_file() for file in files[:SAMPLE]) for folder in part.folders]
    if files and not max(found):
        raise DataError(
            f"{part.path}: none of its first {len(files[:SAMPLE])} images, like '{files[0]}', is "
            f"in {listed(folder for folder in part.folders if folder.is_dir())}. {LAYOUT}"
        )
    return part.folders[found.index(max(found))]


def _part(path: Path, root: Path) -> CocoPart:
    return CocoPart(path, tuple(dict.fromkeys(_folders(path, root))))


def _folders(path: Path, root: Path) -> Iterator[Path]:
    """Yield the folders in which the images of an annotation file may lie."""
    name = _split_name(path, root)
    for base in (path.parent, root, root.parent):
        yield from (base / name, base / "images" / name, base / name / "images")
    for base in (path.parent, root):
        yield from (base, base / "images", base / "data")
