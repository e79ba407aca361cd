"""Keeps the images that trained weights have seen out of the validation of a training from them.

Axes: N images of a source, those to train on first.
"""

import dataclasses
import hashlib

import numpy as np

from nasbench_mvit.models.weights.split_record import SplitRecord
from nasbench_mvit.training.images.arrays import BoolArray, Int64Array
from nasbench_mvit.training.images.opening import TrainingPictures
from nasbench_mvit.training.images.pictures import ChosenPictures, JoinedPictures


def validated_on_unseen(
    pictures: TrainingPictures, as_seen: TrainingPictures, record: SplitRecord
) -> TrainingPictures:
    """Return the images of a training from weights, none of whose training images validate.

    Where the validation images are drawn, those that the weights were trained on are trained on
    again, and others of their class validate instead, as far as there are any. Where the source
    sets them apart, they are left out. If the weights were trained on all, the split stays.

    Args:
        pictures: the images as they are trained on.
        as_seen: the same in the same order at the size of the earlier training, since the pixels of
            images in memory depend on it.
        record: the images that the weights and those they started from were trained on.

    Raises:
        DataError: an image cannot be read.
    """
    num_train, num_val = len(pictures.train), len(pictures.val)
    joined = JoinedPictures(pictures.train, pictures.val)
    same = as_seen.train is pictures.train
    before = joined if same else JoinedPictures(as_seen.train, as_seen.val)
    keys = before.keys()
    seen_N = np.array([key.content in record.trained for key in keys], bool)
    seen = record.trained
    if not same:
        seen |= {joined.key(index).content for index in np.flatnonzero(seen_N).tolist()}
    pictures = dataclasses.replace(pictures, seen=seen)
    val_N = np.arange(num_train + num_val) >= num_train
    num_seen = int((val_N & seen_N).sum())
    if not num_seen:
        return pictures
    found = f"{num_seen:,} of {num_val:,} validation images were trained on by the weights that "
    found += "this training starts from"
    chosen_N = val_N & ~seen_N
    if pictures.val_is_drawn:
        chosen_N = _topped_up(chosen_N, val_N, seen_N, joined.labels)
    if not chosen_N.any():
        remedy = "add images: the scores say nothing of new ones"
        return dataclasses.replace(
            pictures, notes=(*pictures.notes, f"{found}; {remedy}"), num_val_seen=num_val
        )
    train_N = ~chosen_N if pictures.val_is_drawn else ~val_N
    fate = "are trained on again" if pictures.val_is_drawn else "are left out"
    digest = hashlib.sha256(pictures.fingerprint.encode() + chosen_N.tobytes())
    note = (
        f"{found}, so these {fate}; {int(chosen_N.sum()):,} that they were not trained on validate"
    )
    return dataclasses.replace(
        pictures,
        train=ChosenPictures(joined, train_N),
        val=ChosenPictures(joined, chosen_N),
        fingerprint=digest.hexdigest()[:16],
        notes=(*pictures.notes, note),
    )


def _topped_up(
    chosen_N: BoolArray, val_N: BoolArray, seen_N: BoolArray, labels_N: Int64Array
) -> BoolArray:
    """Return validation images as many of each class as drawn, as far as there are unseen ones."""
    chosen_N = chosen_N.copy()
    for label in np.unique(labels_N[val_N & seen_N]):
        of_class_N = labels_N == label
        lacking = int((of_class_N & val_N).sum() - (of_class_N & chosen_N).sum())
        chosen_N[np.flatnonzero(of_class_N & ~val_N & ~seen_N)[:lacking]] = True
    return chosen_N
