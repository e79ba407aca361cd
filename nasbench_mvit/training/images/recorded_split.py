"""The split of a training's images, as its weights' file records it."""

import logging

from nasbench_mvit.errors import DataError
from nasbench_mvit.models.weights.split_record import MAX_IMAGES, SplitRecord
from nasbench_mvit.training.images.opening import TrainingPictures

logger = logging.getLogger(__name__)


def recorded_split(pictures: TrainingPictures, seed: int) -> SplitRecord | None:
    """Return the split into images trained on and held out; None where it cannot be kept.

    Those that the initial weights were trained on count as trained on.

    A training of hours does not fail over it.
    """
    count = len(pictures.train) + len(pictures.val) + len(pictures.seen)
    if count > MAX_IMAGES:
        logger.warning(
            "the weights will not say which of %d images they were trained on: a file holds the "
            "record of %d at most", count, MAX_IMAGES,
        )  # fmt: skip
        return None
    try:
        return SplitRecord.of(
            pictures.train.keys(), pictures.val.keys(), seed=seed, seen=pictures.seen
        )
    except DataError as problem:
        logger.warning("the weights will not say which images they were trained on: %s", problem)
        return None
