"""Images one by one, at full size, for trainings on more of them than fit into memory; no torch.

A folder is read from disk as it is needed. Every other source is small enough to be held as arrays,
at the size evaluation scales images to.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from nasbench_mvit.training.images.arrays import Int64Array, Split
from nasbench_mvit.training.images.decode import Encoded, decode_whole
from nasbench_mvit.training.images.listing import TEST, Listing, list_folder, list_labelled
from nasbench_mvit.training.images.sources import open_images, open_test, parse_source

FOLDER = "imagefolder"


class Pictures(ABC):
    """Labelled images.

    Attributes:
        labels: (N,), int64, indices into the class names.
    """

    labels: Int64Array

    @abstractmethod
    def picture(self, index: int) -> Image.Image:
        """Return an image, upright and RGB.

        Raises:
            DataError: it cannot be read.
        """

    def __len__(self) -> int:
        return len(self.labels)


class FilePictures(Pictures):
    """Images in files."""

    def __init__(self, root: Path, files: Sequence[tuple[str, int]]) -> None:
        """Take files relative to ``root``, with their labels."""
        self._root = root
        # One array, so that the processes that read images share its memory.
        self._files: npt.NDArray[np.bytes_] = np.array([file.encode() for file, _ in files])
        self.labels = np.array([label for _, label in files], np.int64)

    def picture(self, index: int) -> Image.Image:
        """Return the image in a file."""
        path = self._root / bytes(self._files[index]).decode()
        return decode_whole(Encoded(str(path), path))


class ArrayPictures(Pictures):
    """Images in memory."""

    def __init__(self, split: Split) -> None:
        """Take a split, grey or RGB."""
        self._images_NCHW = split.images
        self.labels = split.labels

    def picture(self, index: int) -> Image.Image:
        """Return the image of a row."""
        image_HWC = self._images_NCHW[index].transpose(1, 2, 0)
        return Image.fromarray(image_HWC.squeeze()).convert("RGB")


@dataclass(frozen=True, kw_only=True)
class TrainingPictures:
    """Images to train on and to evaluate on.

    Attributes:
        class_names: one name for each label.
        fingerprint: changes with the images: their content where they are in memory, the names of
            their files where they are not.
    """

    train: Pictures
    val: Pictures
    class_names: tuple[str, ...]
    fingerprint: str


def open_pictures(
    source: str, *, size: int, seed: int, cache_dir: Path | None = None
) -> TrainingPictures:
    """Return the training and validation images of a source, as ``data.open_images`` names them.

    Args:
        source: where the images come from.
        size: side in pixels of an image to evaluate on.
        seed: draws the validation images where a source does not set them apart itself.
        cache_dir: where that choice, and images decoded for memory, are kept.

    Raises:
        DataError: the source is unknown, missing, broken or too small.
    """
    kind, location = parse_source(source)
    if kind == FOLDER:
        listing = list_folder(Path(location), split_dir=cache_dir, seed=seed)
        train, val = (
            FilePictures(listing.root, listing.files[split]) for split in ("train", "val")
        )
        return TrainingPictures(
            train=train,
            val=val,
            class_names=listing.class_names,
            fingerprint=_fingerprint(listing),
        )
    data = open_images(source, cell_size=size, cache_dir=cache_dir, seed=seed)
    return TrainingPictures(
        train=ArrayPictures(data.train),
        val=ArrayPictures(data.val),
        class_names=data.class_names,
        fingerprint=data.fingerprint,
    )


def open_labelled(source: str, split: str, *, size: int) -> tuple[Pictures, tuple[str, ...]]:
    """Return the images of one split, "val" or "test", and the names of their classes.

    A folder without a folder of that name is taken whole: all its images belong to the split.

    Raises:
        DataError: the source is unknown, missing or broken, or has no test images.
    """
    kind, location = parse_source(source)
    if kind == FOLDER:
        listing = list_labelled(Path(location), split)
        return FilePictures(listing.root, listing.files[split]), listing.class_names
    data = open_images(source, cell_size=size)
    images = open_test(source, cell_size=size) if split == TEST else data.val
    return ArrayPictures(images), data.class_names


def _fingerprint(listing: Listing) -> str:
    digest = hashlib.sha256("\n".join(listing.class_names).encode())
    for split, files in listing.files.items():
        digest.update(f"\0{split}".encode())
        for file, label in files:
            digest.update(f"\n{label} {file}".encode())
    return digest.hexdigest()[:16]
