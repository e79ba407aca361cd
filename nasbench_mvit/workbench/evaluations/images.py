"""The images a network is scored on: those that it was not trained on, unless they are asked for.

Axes: N images.
"""

from dataclasses import dataclass

import numpy as np

from nasbench_mvit.errors import DataError
from nasbench_mvit.models.weights.checkpoint import Notes
from nasbench_mvit.models.weights.split_record import ImageKey, Known, SplitRecord
from nasbench_mvit.training.images.annotated.annotated_image import (
    AnnotatedImages,
    AnnotatedTask,
    ChosenImages,
    JoinedImages,
)
from nasbench_mvit.training.images.annotated.annotated_sources import (
    open_annotated,
    open_annotated_test,
)
from nasbench_mvit.training.images.arrays import BoolArray
from nasbench_mvit.training.images.folders.split_folders import TEST
from nasbench_mvit.training.images.opening import LabelledPictures, open_labelled
from nasbench_mvit.training.images.pictures import ChosenPictures, Pictures
from nasbench_mvit.workbench.evaluations.result import ScoredSplit


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredImages:
    """The images of an evaluation.

    Attributes:
        pictures: images to show the network.
        class_names: one name for each label.
        split: what the training did with them; None where the weights do not say.
    """

    pictures: Pictures
    class_names: tuple[str, ...]
    split: ScoredSplit | None


def open_scored(
    data: str, split: str, *, size: int, notes: Notes, include_trained: bool
) -> ScoredImages:
    """Return the images of a split that a network was not trained on, as its file says.

    Args:
        data: where the images come from, as ``open_images`` names it.
        split: "val" or "test".
        size: side in pixels of an image to evaluate on.
        notes: notes of the network's file.
        include_trained: also return those that it was trained on.

    Raises:
        DataError: the images cannot be opened, or the network was trained on all of them.
    """
    record = notes.images
    opened = open_labelled(data, split, size=size, seed=0 if record is None else record.seed)
    chosen_N, role = opened.is_usual, None  # of the weights' own training nothing is known
    if record is not None:
        keys = _as_trained(opened, data, split, size, notes).pictures.keys()
        chosen_N, role = _chosen(record, keys, chosen_N, data, include_trained=include_trained)
    return ScoredImages(
        pictures=ChosenPictures(opened.pictures, chosen_N),
        class_names=opened.class_names,
        split=role,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredScenes:
    """The images with boxes or masks of an evaluation; fields as for ``ScoredImages``."""

    images: AnnotatedImages
    class_names: tuple[str, ...]
    split: ScoredSplit | None


def open_scored_scenes(
    data: str, split: str, *, task: AnnotatedTask, size: int, notes: Notes, include_trained: bool
) -> ScoredScenes:
    """Return the annotated images of a split that a network was not trained on.

    A source that sets no images to validate apart is taken whole. The arguments are those of
    ``open_scored``; ``data`` is as ``open_annotated`` names it.

    Raises:
        DataError: the images cannot be opened, or the network was trained on all of them.
    """
    opened = open_annotated(data, task=task, size=size)
    if split == TEST:
        images = open_annotated_test(data, task=task, size=size)
    elif opened.val_is_drawn:
        images = JoinedImages(opened.train, opened.val)
    else:
        images = opened.val
    if notes.images is None:
        return ScoredScenes(images=images, class_names=opened.class_names, split=None)
    chosen_N, role = _chosen(
        notes.images,
        images.keys(),
        np.ones(len(images), bool),
        data,
        include_trained=include_trained,
    )
    return ScoredScenes(
        images=ChosenImages(images, chosen_N), class_names=opened.class_names, split=role
    )


def _chosen(
    record: SplitRecord,
    keys: list[ImageKey],
    usual_N: BoolArray,
    data: str,
    *,
    include_trained: bool,
) -> tuple[BoolArray, ScoredSplit]:
    """Return a mask of the images to score, (N,), and the part that they had in the training.

    Raises:
        DataError: there is none.
    """
    known = record.known(keys, usual_N)
    chosen_N = usual_N if include_trained else known.is_held_out | (usual_N & ~known.is_trained)
    if not chosen_N.any():
        raise DataError(
            f"all {int(usual_N.sum()):,} images of {data} were trained on, so a score would say "
            "nothing of new images. Give images that the training has not seen, or "
            "`include_trained=` to score these."
        )
    return chosen_N, _split_of(known, usual_N, chosen_N)


def _as_trained(
    opened: LabelledPictures, data: str, split: str, size: int, notes: Notes
) -> LabelledPictures:
    """Return the images as the training opened them: pixels in memory depend on the size."""
    if notes.images is None or notes.crop in {None, size}:
        return opened
    return open_labelled(data, split, size=notes.crop, seed=notes.images.seed)


def _split_of(known: Known, usual_N: BoolArray, chosen_N: BoolArray) -> ScoredSplit:
    trained_N = known.is_trained & usual_N
    return ScoredSplit(
        num_held_out=int((known.is_held_out & chosen_N).sum()),
        num_new=int((chosen_N & ~known.is_held_out & ~known.is_trained).sum()),
        num_trained=int((trained_N & chosen_N).sum()),
        num_left_out=int((trained_N & ~chosen_N).sum()),
        num_missing=known.num_missing,
    )
