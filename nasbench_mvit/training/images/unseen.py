"""Keeps the images that trained weights have seen out of the validation of a training from them.

Axes: N images of a source, those to train on first.
"""

import dataclasses
import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from nasbench_mvit.models.weights.split_record import SplitRecord
from nasbench_mvit.training.images.arrays import BoolArray, Int64Array
from nasbench_mvit.training.images.opening import TrainingPictures
from nasbench_mvit.training.images.pictures import ChosenPictures, JoinedPictures


@dataclass(frozen=True, kw_only=True)
class UnseenSplit:
    """The split of a training from weights, none of whose training images validate.

    Attributes:
        trains: (N,), whether an image is trained on.
        validates: (N,), whether it validates.
        is_new: whether that differs from the source's split.
        num_val_seen: validation images that the weights were trained on: all, where they were
            trained on all of the source.
        note: a line for a person, "" where no validation image was trained on.
    """

    trains: BoolArray
    validates: BoolArray
    is_new: bool = False
    num_val_seen: int = 0
    note: str = ""

    @classmethod
    def of(cls, seen_N: BoolArray, labels_N: Int64Array, *, num_train: int, is_drawn: bool) -> Self:
        """Choose the images.

        Where the validation images are drawn, those that the weights were trained on are trained on
        again, and others of their label validate instead, as far as there are any. Where the source
        sets them apart, they are left out. If the weights were trained on all, the split stays.

        Args:
            seen_N: whether the weights were trained on an image.
            labels_N: labels of the images.
            num_train: images to train on by the source's split.
            is_drawn: whether the validation images were drawn.
        """
        before_N = np.arange(len(seen_N)) >= num_train
        num_val, num_seen = int(before_N.sum()), int((before_N & seen_N).sum())
        if not num_seen:
            return cls(trains=~before_N, validates=before_N)
        found = (
            f"{num_seen:,} of {num_val:,} validation images were trained on by the weights that "
        )
        found += "this training starts from"
        val_N = before_N & ~seen_N
        if is_drawn:
            val_N = _topped_up(val_N, before_N, seen_N, labels_N)
        if not val_N.any():
            note = f"{found}; add images: the scores say nothing of new ones"
            return cls(trains=~before_N, validates=before_N, num_val_seen=num_val, note=note)
        fate = "are trained on again" if is_drawn else "are left out"
        return cls(
            trains=~val_N if is_drawn else ~before_N,
            validates=val_N,
            is_new=True,
            note=f"{found}, so these {fate}; {int(val_N.sum()):,} that they were not trained on "
            "validate",
        )

    def changes(
        self, images: "SplitImages", choose: Callable[[BoolArray], object]
    ) -> dict[str, Any]:
        """Return the fields of a source's images that this split changes.

        Args:
            images: those by the source's split.
            choose: returns the images of a mask, (N,).
        """
        found = {"num_val_seen": self.num_val_seen, "notes": images.notes}
        if self.note:
            found["notes"] = (*images.notes, self.note)
        if not self.is_new:
            return found
        digest = hashlib.sha256(images.fingerprint.encode() + self.validates.tobytes())
        return found | {
            "train": choose(self.trains),
            "val": choose(self.validates),
            "fingerprint": digest.hexdigest()[:16],
        }


class SplitImages(Protocol):
    """Images to train on and to validate."""

    @property
    def fingerprint(self) -> str:
        """Changes with the images."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines on the images."""
        ...


def validated_on_unseen(
    pictures: TrainingPictures, as_seen: TrainingPictures, record: SplitRecord
) -> TrainingPictures:
    """Return the images of a training from weights, split as by ``UnseenSplit``.

    Args:
        pictures: the images as they are trained on.
        as_seen: the same in the same order at the size of the earlier training, since the pixels of
            images in memory depend on it.
        record: the images that the weights and those they started from were trained on.

    Raises:
        DataError: an image cannot be read.
    """
    joined = JoinedPictures(pictures.train, pictures.val)
    same = as_seen.train is pictures.train
    before = joined if same else JoinedPictures(as_seen.train, as_seen.val)
    keys = before.keys()
    seen_N = np.array([key.content in record.trained for key in keys], bool)
    seen = record.trained
    if not same:
        seen |= {joined.key(index).content for index in np.flatnonzero(seen_N).tolist()}
    split = UnseenSplit.of(
        seen_N, joined.labels, num_train=len(pictures.train), is_drawn=pictures.val_is_drawn
    )
    return dataclasses.replace(
        pictures,
        seen=seen,
        **split.changes(pictures, functools.partial(ChosenPictures, joined)),
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
