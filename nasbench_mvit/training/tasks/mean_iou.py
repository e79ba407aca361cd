"""Mean intersection over union of masks of classes, as VOC and the paper's Table 2 have it.

Axes: N images, K classes, R resamples, H rows, W columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_mvit.training.images.annotated.annotated_image import IGNORED
from nasbench_mvit.training.images.arrays import Int64Array, UInt8Array
from nasbench_mvit.training.tasks.bootstrap import (
    RESAMPLES,
    Floats,
    ScoreWithInterval,
    mean_over_classes,
    resampled_images,
    with_interval,
)


@dataclass(frozen=True, kw_only=True)
class SegmentationScores:
    """The scores of a network on images with masks.

    Attributes:
        num_images: images scored.
        mean_iou: the mean over the classes that are in a mask or a prediction.
        class_iou: intersection over union of each class, NaN where it is in neither.
        pixel_accuracy: share of pixels of the right class.
    """

    num_images: int
    mean_iou: ScoreWithInterval
    class_iou: Mapping[str, ScoreWithInterval]
    pixel_accuracy: ScoreWithInterval

    @property
    def metrics(self) -> dict[str, float]:
        """The scores over all classes by name, the paper's first."""
        return {name: score.value for name, score in self.overall.items()}

    @property
    def overall(self) -> dict[str, ScoreWithInterval]:
        """The same with their intervals."""
        return {"miou": self.mean_iou, "pixel_accuracy": self.pixel_accuracy}

    @property
    def by_class(self) -> Mapping[str, ScoreWithInterval]:
        """Intersection over union of each class."""
        return self.class_iou


class MeanIoU:
    """Counts the pixels of predictions, image by image.

    Attributes:
        images: of each (3, K) pixels: of the right class, of a class there, predicted of it.
    """

    def __init__(self, class_names: Sequence[str]) -> None:
        """Start with no image; ``class_names`` has one for each value of a mask."""
        self._class_names = tuple(class_names)
        self.images: list[Int64Array] = []

    def add(self, mask_HW: UInt8Array, predicted_HW: npt.NDArray[np.integer[Any]]) -> None:
        """Count an image.

        Args:
            mask_HW: the class of each pixel, 255 where it is not scored.
            predicted_HW: the predicted class of each.

        Raises:
            ValueError: the two are of different size.
        """
        if mask_HW.shape != predicted_HW.shape:
            raise ValueError(f"a mask of {mask_HW.shape} and a prediction of {predicted_HW.shape}")
        scored_HW = mask_HW != IGNORED
        truth_P, predicted_P = mask_HW[scored_HW], predicted_HW[scored_HW]
        parts = (truth_P[truth_P == predicted_P], truth_P, predicted_P)
        count = len(self._class_names)
        self.images.append(np.stack([np.bincount(part, minlength=count) for part in parts]))

    def scores(self, *, resamples: int = RESAMPLES, seed: int = 0) -> SegmentationScores:
        """Return the scores over all images, with bootstrap intervals over images.

        Args:
            resamples: number of resamples of the images; 0, or a single image, leaves the intervals
                NaN.
            seed: draws them.

        Raises:
            ValueError: no image was added.
        """
        if not self.images:
            raise ValueError("no image was added")
        counts_N3K = np.stack(self.images)
        total_3K = counts_N3K.sum(0)
        drawn_RN = resampled_images(len(counts_N3K), resamples=resamples, seed=seed)
        iou_K = _iou(total_3K)
        total_R3K = np.array([counts_N3K[drawn_N].sum(0) for drawn_N in drawn_RN], np.int64)
        total_R3K = total_R3K.reshape(len(drawn_RN), *total_3K.shape)
        iou_RK = np.array([_iou(drawn_3K) for drawn_3K in total_R3K])
        iou_RK = iou_RK.reshape(len(drawn_RN), len(self._class_names))
        return SegmentationScores(
            num_images=len(counts_N3K),
            mean_iou=with_interval(float(mean_over_classes(iou_K)), mean_over_classes(iou_RK)),
            class_iou={
                name: with_interval(float(iou_K[index]), iou_RK[:, index])
                for index, name in enumerate(self._class_names)
            },
            pixel_accuracy=with_interval(
                float(_pixel_accuracy(total_3K)), _pixel_accuracy(total_R3K)
            ),
        )


def _pixel_accuracy(counts: Int64Array) -> Floats:
    """Return the share of pixels of the right class of counts (…, 3, K); 0 without a pixel."""
    right, there = counts[..., 0, :].sum(-1), counts[..., 1, :].sum(-1)
    share: Floats = right / np.maximum(1, there)
    return share


def _iou(counts_3K: Int64Array) -> Floats:
    """Return the (K,) intersections over unions; NaN where a class is nowhere."""
    intersection_K, truth_K, predicted_K = counts_3K
    union_K = truth_K + predicted_K - intersection_K
    iou_K: Floats = np.where(union_K > 0, intersection_K / np.maximum(union_K, 1), np.nan)
    return iou_K
