"""The split of a training's images, as its weights' file records it."""

import logging

from nasbench_mvit.errors import DataError
from nasbench_mvit.models.weights.split_record import MAX_IMAGES, SplitRecord
from nasbench_mvit.training.images.keys import Keyed

logger = logging.getLogger(__name__)


def recorded_split(
    train: Keyed, val: Keyed, seed: int, seen: frozenset[bytes] = frozenset()
) -> SplitRecord | None:
    """Return the split into images trained on and held out; None where it cannot be kept.

    A training of hours does not fail over it.

    Args:
        train: images to train on.
        val: images to validate on.
        seed: drew them.
        seen: contents of images that the initial weights were trained on, which count as trained
            on.
    """
    count = len(train) + len(val) + len(seen)
    if count > MAX_IMAGES:
        logger.warning(
            "the weights will not say which of %d images they were trained on: a file holds the "
            "record of %d at most", count, MAX_IMAGES,
        )  # fmt: skip
        return None
    try:
        return SplitRecord.of(train.keys(), val.keys(), seed=seed, seen=seen)
    except DataError as problem:
        logger.warning("the weights will not say which images they were trained on: %s", problem)
        return None
