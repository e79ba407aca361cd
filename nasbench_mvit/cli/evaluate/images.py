"""The images a network is scored on: those that it was not trained on, unless they are asked for.

Axes: N images.
"""

from dataclasses import dataclass

from nasbench_mvit.errors import DataError
from nasbench_mvit.models.checkpoint import Notes
from nasbench_mvit.models.split_record import Known
from nasbench_mvit.training.images.arrays import BoolArray
from nasbench_mvit.training.images.pictures import (
    ChosenPictures,
    LabelledPictures,
    Pictures,
    open_labelled,
)

INCLUDE = "--include-trained"


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """The images of an evaluation.

    Attributes:
        pictures: to show the network.
        class_names: one name for each label.
        account: how many of them the training held out, and what was left out.
    """

    pictures: Pictures
    class_names: tuple[str, ...]
    account: str


def open_scored(
    source: str, split: str, *, size: int, notes: Notes, include_trained: bool
) -> Scored:
    """Return the images of a split that a network was not trained on, as its file says.

    Args:
        source: where the images come from, as ``open_images`` names it.
        split: "val" or "test".
        size: side in pixels of an image to evaluate on.
        notes: of the network's file.
        include_trained: also return those that it was trained on.

    Raises:
        DataError: the images cannot be opened, or the network was trained on all of them.
    """
    record = notes.images
    opened = open_labelled(source, split, size=size, seed=0 if record is None else record.seed)
    usual_N, account = opened.is_usual, ""
    if record is None:
        account = "the file of the weights does not say which images they were trained on"
        if include_trained:
            account += f", so {INCLUDE} changes nothing"
        return _scored(opened, usual_N, f"{account}: these may be among them")
    known = record.known(_as_trained(opened, source, split, size, notes).pictures.keys(), usual_N)
    chosen_N = usual_N if include_trained else known.is_held_out | (usual_N & ~known.is_trained)
    if not chosen_N.any():
        raise DataError(
            f"all {int(usual_N.sum()):,} images of {source} were trained on, so a score would say "
            "nothing of new images. Give images that the training has not seen, or "
            f"{INCLUDE} to score these."
        )
    return _scored(opened, chosen_N, _account(known, usual_N, chosen_N))


def _as_trained(
    opened: LabelledPictures, source: str, split: str, size: int, notes: Notes
) -> LabelledPictures:
    """Return the images as the training opened them: pixels in memory depend on the size."""
    if notes.images is None or notes.crop in {None, size}:
        return opened
    return open_labelled(source, split, size=notes.crop, seed=notes.images.seed)


def _account(known: Known, usual_N: BoolArray, chosen_N: BoolArray) -> str:
    """Return what the training did with the images, in words."""
    held_out = int((known.is_held_out & chosen_N).sum())
    trained_N = known.is_trained & usual_N
    new = int((chosen_N & ~known.is_held_out & ~known.is_trained).sum())
    parts = [f"{held_out:,} held out of the training"]
    if new:
        parts.append(f"{new:,} neither trained on nor held out")
    if trained := int((trained_N & chosen_N).sum()):
        parts.append(f"{trained:,} trained on, of which a score says nothing of new images")
    account = "of these " + ", ".join(parts)
    if left_out := int((trained_N & ~chosen_N).sum()):
        account += f"; {left_out:,} more were trained on and are left out ({INCLUDE} scores them)"
    if held_out and known.num_missing:
        account += f"; {known.num_missing:,} held out are not here any more"
    return account


def _scored(opened: LabelledPictures, chosen_N: BoolArray, account: str) -> Scored:
    return Scored(
        pictures=ChosenPictures(opened.pictures, chosen_N),
        class_names=opened.class_names,
        account=account,
    )
