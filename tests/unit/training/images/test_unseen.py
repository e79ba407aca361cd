"""The images that weights have seen, kept out of the validation of a training from them."""

from dataclasses import replace

import numpy as np
import pytest

from nasbench_mvit.models.weights.split_record import SplitRecord
from nasbench_mvit.training.images.arrays import Split
from nasbench_mvit.training.images.opening import TrainingPictures
from nasbench_mvit.training.images.pictures import ArrayPictures
from nasbench_mvit.training.images.recorded_split import recorded_split
from nasbench_mvit.training.images.unseen import validated_on_unseen

PER_CLASS, HELD_OUT = 6, 2


def _pictures(side: int, *, drawn: bool = True) -> TrainingPictures:
    """Two classes of six plain images, of which two validate; their shades are all different."""
    shades = np.arange(2 * PER_CLASS, dtype=np.uint8)
    images = np.broadcast_to(shades[:, None, None, None], (len(shades), 3, side, side))
    labels, val = np.arange(len(shades)) // PER_CLASS, shades % PER_CLASS < HELD_OUT
    train, val_split = (
        ArrayPictures(Split(images=images[part], labels=labels[part])) for part in (~val, val)
    )
    return TrainingPictures(
        train=train,
        val=val_split,
        class_names=("a", "b"),
        fingerprint="plain",
        val_is_drawn=drawn,
    )


def _trained_on(pictures: TrainingPictures, shades: list[int]) -> SplitRecord:
    keys = pictures.train.keys() + pictures.val.keys()
    of_shade = [s for s in range(12) if s % PER_CLASS >= HELD_OUT]
    of_shade += [s for s in range(12) if s % PER_CLASS < HELD_OUT]
    return SplitRecord.of([keys[of_shade.index(shade)] for shade in shades], [], seed=0)


@pytest.mark.parametrize("earlier_side", [8, 10])  # pixels in memory depend on the size
@pytest.mark.parametrize(
    ("drawn", "shades", "num_train", "val_labels"),
    [
        (True, [0, 6], 8, [0, 0, 1, 1]),
        (True, [0, 1, 2, 3, 4, 6], 9, [0, 1, 1]),  # of the first class one is new
        (True, list(range(6)), 10, [1, 1]),  # none
        (False, [0, 6], 8, [0, 1]),
        (False, [2, 3], 8, [0, 0, 1, 1]),
    ],
)
def test_no_seen_image_validates(
    earlier_side: int, drawn: bool, shades: list[int], num_train: int, val_labels: list[int]
) -> None:
    pictures, earlier = _pictures(8, drawn=drawn), _pictures(earlier_side, drawn=drawn)
    if earlier_side == 8:
        earlier = pictures
    chosen = validated_on_unseen(pictures, earlier, _trained_on(earlier, shades))
    assert len(chosen.train) == num_train
    assert sorted(chosen.val.labels) == val_labels
    shown = {chosen.val.picture(index).getpixel((0, 0)) for index in range(len(chosen.val))}
    assert not shown & {(shade,) * 3 for shade in shades}
    assert (chosen.fingerprint == "plain") == (not {0, 1, 6} & set(shades))
    record = recorded_split(chosen.train, chosen.val, 0, chosen.seen)
    assert record is not None
    assert record.trained >= _trained_on(pictures, shades).trained
    assert len(record.held_out) == len(val_labels)


def test_where_all_are_seen_the_split_stays_and_holds_none_out() -> None:
    pictures = _pictures(8)
    chosen = validated_on_unseen(pictures, pictures, _trained_on(pictures, list(range(12))))
    assert chosen.val is pictures.val
    assert "the scores say nothing of new ones" in chosen.notes[0]
    record = recorded_split(chosen.train, chosen.val, 0, chosen.seen)
    assert record is not None
    assert not record.held_out


def test_a_copy_of_a_seen_image_is_not_held_out() -> None:
    pictures = _pictures(8)
    pictures = replace(pictures, val=pictures.train)
    seen = frozenset(key.content for key in pictures.train.keys()[:3])
    record = recorded_split(pictures.train, pictures.val, 0, seen)
    assert record is not None
    assert not record.held_out & seen
    assert len(record.held_out) == len(record.held_out_copies) == 5
