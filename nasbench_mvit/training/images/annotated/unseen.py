"""Keeps annotated images that weights have seen out of the validation of a training from them."""

import dataclasses
import functools

import numpy as np

from nasbench_mvit.models.weights.split_record import SplitRecord
from nasbench_mvit.training.images.annotated.annotated_image import (
    AnnotatedData,
    ChosenImages,
    JoinedImages,
)
from nasbench_mvit.training.images.unseen import UnseenSplit


def validated_on_unseen(data: AnnotatedData, record: SplitRecord) -> AnnotatedData:
    """Return the images of a training from weights, split as by ``UnseenSplit``.

    Args:
        data: the images of the source.
        record: the images that the weights and those they started from were trained on.

    Raises:
        DataError: an image cannot be read.
    """
    joined = JoinedImages(data.train, data.val)
    keys = joined.keys()
    seen_N = np.array([key.content in record.trained for key in keys], bool)
    any_label_N = np.zeros(len(joined), np.int64)  # an image has objects of several classes
    split = UnseenSplit.of(
        seen_N, any_label_N, num_train=len(data.train), is_drawn=data.val_is_drawn
    )
    return dataclasses.replace(
        data,
        seen=record.trained,
        **split.changes(data, functools.partial(ChosenImages, joined)),
    )
