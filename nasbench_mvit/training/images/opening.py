"""Opens the images of a source one by one, to train on or to score on; no torch.

A folder is read from disk as it is needed. Every other source is small enough to be held as arrays,
at the size evaluation scales images to.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_mvit.training.images.arrays import BoolArray
from nasbench_mvit.training.images.folders.listing import Listing, list_folder, list_labelled
from nasbench_mvit.training.images.folders.split_folders import TEST
from nasbench_mvit.training.images.pictures import (
    ArrayPictures,
    FilePictures,
    JoinedPictures,
    Pictures,
)
from nasbench_mvit.training.images.sources import open_images, open_test, parse_source

FOLDER = "imagefolder"


@dataclass(frozen=True, kw_only=True)
class TrainingPictures:
    """Images to train on and to evaluate on.

    Attributes:
        class_names: one name for each label.
        fingerprint: changes with the images: their content where they are in memory, the names of
            their files where they are not.
        notes: lines for a person, on what was taken as images and classes and what was left out.
        val_is_drawn: whether the seed drew the validation images, rather than the source setting
            them apart.
        seen: contents of images, here or not, that the initial weights were trained on.
        num_val_seen: validation images among them.
    """

    train: Pictures
    val: Pictures
    class_names: tuple[str, ...]
    fingerprint: str
    notes: tuple[str, ...] = ()
    val_is_drawn: bool = False
    seen: frozenset[bytes] = frozenset()
    num_val_seen: int = 0


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
            notes=listing.notes,
            val_is_drawn=not listing.folders,
        )
    data = open_images(source, cell_size=size, cache_dir=cache_dir, seed=seed)
    return TrainingPictures(
        train=ArrayPictures(data.train),
        val=ArrayPictures(data.val),
        class_names=data.class_names,
        fingerprint=data.fingerprint,
        val_is_drawn=data.val_is_drawn,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledPictures:
    """Images that a network may be scored on.

    Attributes:
        pictures: N images.
        is_usual: (N,), those to score where nothing is known of the training; the others are what a
            training on this source is given.
        class_names: one name for each label.
    """

    pictures: Pictures
    is_usual: BoolArray
    class_names: tuple[str, ...]


def open_labelled(source: str, split: str, *, size: int, seed: int = 0) -> LabelledPictures:
    """Return the images of one split, "val" or "test", and those that belong to no other.

    A folder without a folder of that name is taken whole: all its images belong to the split.

    Args:
        source: where the images come from.
        split: which of them.
        size: side in pixels of an image to evaluate on.
        seed: draws the validation images where a source in memory does not set them apart itself.

    Raises:
        DataError: the source is unknown, missing or broken, or has no test images.
    """
    kind, location = parse_source(source)
    if kind == FOLDER:
        listing = list_labelled(Path(location), split)
        files = FilePictures(listing.root, listing.files[split])
        return _all_usual(files, listing.class_names)
    data = open_images(source, cell_size=size, seed=seed)
    if split == TEST:
        return _all_usual(ArrayPictures(open_test(source, cell_size=size)), data.class_names)
    pictures = JoinedPictures(ArrayPictures(data.val), ArrayPictures(data.train))
    return LabelledPictures(
        pictures=pictures,
        is_usual=np.arange(len(pictures)) < len(data.val),
        class_names=data.class_names,
    )


def _all_usual(pictures: Pictures, class_names: tuple[str, ...]) -> LabelledPictures:
    return LabelledPictures(
        pictures=pictures, is_usual=np.ones(len(pictures), bool), class_names=class_names
    )


def _fingerprint(listing: Listing) -> str:
    digest = hashlib.sha256("\n".join(listing.class_names).encode())
    for split, files in listing.files.items():
        digest.update(f"\0{split}".encode())
        for file, label in files:
            digest.update(os.fsencode(f"\n{label} {file}"))
    return digest.hexdigest()[:16]
