"""The images a network is scored on: those that it was not trained on, unless they are asked for.

Axes: N images.
"""

from dataclasses import dataclass

from nasbench_mvit.errors import DataError
from nasbench_mvit.models.weights.checkpoint import Notes
from nasbench_mvit.models.weights.split_record import Known
from nasbench_mvit.training.images.arrays import BoolArray
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
    usual_N = opened.is_usual
    if record is None:
        return _scored(opened, usual_N, None)
    known = record.known(_as_trained(opened, data, split, size, notes).pictures.keys(), usual_N)
    chosen_N = usual_N if include_trained else known.is_held_out | (usual_N & ~known.is_trained)
    if not chosen_N.any():
        raise DataError(
            f"all {int(usual_N.sum()):,} images of {data} were trained on, so a score would say "
            "nothing of new images. Give images that the training has not seen, or "
            "`include_trained=` to score these."
        )
    return _scored(opened, chosen_N, _split_of(known, usual_N, chosen_N))


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


def _scored(
    opened: LabelledPictures, chosen_N: BoolArray, split: ScoredSplit | None
) -> ScoredImages:
    return ScoredImages(
        pictures=ChosenPictures(opened.pictures, chosen_N),
        class_names=opened.class_names,
        split=split,
    )
