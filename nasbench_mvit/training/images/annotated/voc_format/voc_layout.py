"""Which images of a folder in VOC's layout belong to which split, and their annotations."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.io.text_files import read_text
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedTask
from nasbench_mvit.training.images.folders.split_folders import TRAIN, split_named
from nasbench_mvit.training.images.folders.tree import IMAGE_SUFFIXES

IMAGES = ("JPEGImages", "images")
ANNOTATIONS = {
    "detection": ("Annotations", "annotations"),
    "segmentation": ("SegmentationClass", "masks"),
}
SUFFIX = {"detection": ".xml", "segmentation": ".png"}
LISTS = {"detection": "Main", "segmentation": "Segmentation"}
LAYOUT = (
    "Give a folder with JPEGImages/ and Annotations/ (.xml) or SegmentationClass/ (.png), where "
    "ImageSets/Main/ or ImageSets/Segmentation/ may hold train.txt and val.txt; or with train/ and "
    "val/ that hold these folders, or images and .xml files side by side."
)


class VocPart(NamedTuple):
    """Images and the XML file or mask of each, and what to call them in a message."""

    name: str
    images: list[Path]
    annotations: list[Path]


class _Place(NamedTuple):
    """Where images lie, by their names without suffix, and where their annotations do."""

    images: dict[str, Path]
    annotations: Path
    suffix: str

    def part(self, name: str, stems: Iterable[str]) -> VocPart:
        """Return the images of that names; those that are not there lead to a missing file."""
        stems = list(stems)
        missing = self.annotations.parent / IMAGES[0]
        images = [self.images.get(stem, missing / f"{stem}.jpg") for stem in stems]
        return VocPart(name, images, [self.annotations / f"{stem}{self.suffix}" for stem in stems])


def find_parts(root: Path, task: AnnotatedTask) -> dict[str, VocPart]:
    """Return the images of each split, of "train" alone where no split is named.

    Raises:
        DataError: the folder is missing or of another layout, or a list cannot be used.
    """
    if not root.is_dir():
        raise DataError(f"there is no folder {root}. {LAYOUT}")
    lists = _lists(root, task)
    if lists:
        place = _place(root, task)
        return {split: place.part(str(path), _stems(path)) for split, path in lists.items()}
    folders: dict[str, Path] = {}
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        split = split_named(folder.name)
        if split and split in folders:
            raise DataError(
                f"{folders[split]} and {folder} both bear names of the {split} images. Merge them, "
                "or rename the one that is not to be used."
            )
        if split:
            folders[split] = folder
    if TRAIN not in folders:
        folders = {TRAIN: root}
    return {split: _whole(folder, task) for split, folder in folders.items()}


def _lists(root: Path, task: AnnotatedTask) -> dict[str, Path]:
    """Return the lists of images by their splits; those of single classes or of two are not."""
    folder = root / "ImageSets" / LISTS[task]
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*.txt")):
        split = split_named(path.stem)
        if split in found:
            raise DataError(
                f"{found[split]} and {path} both bear names of the {split} images. Remove the one "
                "that is not to be used."
            )
        if split:
            found[split] = path
    if found and TRAIN not in found:
        raise DataError(f"{folder} has no list of training images. Call one train.txt.")
    return found


def _stems(path: Path) -> list[str]:
    """Return the names in a list of images, which may end in a class's flag."""
    try:
        lines = read_text(path).splitlines()
    except OSError as problem:
        raise DataError(f"{path} cannot be read: {problem.strerror}.") from None
    stems = [line.split()[0] for line in lines if line.strip()]
    if repeated := sorted({stem for stem in stems if stems.count(stem) > 1}):
        raise DataError(f"{path} repeats {listed(repeated)}. List each image once.")
    if not stems:
        raise DataError(f"{path} lists no image. Write the name of one in each line.")
    return stems


def _whole(folder: Path, task: AnnotatedTask) -> VocPart:
    """Return all images of a folder, each of which must have its annotation, and the reverse."""
    place = _place(folder, task)
    annotated = {path.stem for path in place.annotations.glob(f"*{place.suffix}")}
    stems = sorted(annotated | place.images.keys())
    if not annotated:
        raise DataError(f"{place.annotations} holds no {place.suffix} file. {LAYOUT}")
    return place.part(str(folder), stems)


def _place(root: Path, task: AnnotatedTask) -> _Place:
    images = next((root / name for name in IMAGES if (root / name).is_dir()), None)
    kinds = ANNOTATIONS[task]
    annotations = next((root / name for name in kinds if (root / name).is_dir()), None)
    if images is None and annotations is None and task == "detection":
        images = annotations = root  # side by side
    if images is None or annotations is None:
        lacking = IMAGES if images is None else kinds
        raise DataError(f"{root} has no folder {' or '.join(lacking)}. {LAYOUT}")
    return _Place(_images(images), annotations, SUFFIX[task])


def _images(folder: Path) -> dict[str, Path]:
    """Return the image files of a folder by their names without suffix."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith("."):
            other = found.setdefault(path.stem, path)
            if other != path:
                raise DataError(
                    f"{other} and {path.name} differ in their suffix alone, so that it is open "
                    "which one an annotation is of. Rename one."
                )
    return found
