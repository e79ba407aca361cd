"""COCO's mean average precision of boxes, by the library faster-coco-eval.

Axes: N images, K classes, R resamples, T thresholds of overlap, D boxes of an image.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster

from nasbench_mvit.training.images.annotated.annotated_image import Float32Array, Objects
from nasbench_mvit.training.images.arrays import Int64Array
from nasbench_mvit.training.tasks.bootstrap import (
    RESAMPLES,
    Floats,
    ScoreWithInterval,
    mean_over_classes,
    resampled_images,
    with_interval,
)

MAX_BOXES = 100  # of an image and class, those with the highest scores: COCO's rule
ANY_AREA = (0.0, 1e10)
IOU_50, IOU_75 = 0, 5  # of the thresholds 0.50, 0.55, … 0.95


@dataclass(frozen=True, kw_only=True)
class DetectionScores:
    """The scores of a network on images with boxes, NaN where no image has any.

    Attributes:
        num_images: images scored.
        ap: COCO's AP, the mean over overlaps of 0.50 to 0.95 and over the classes that have boxes.
        ap50: the same at an overlap of 0.50.
        ap75: the same at 0.75.
        class_ap: AP of each class, NaN where no box is of it.
    """

    num_images: int
    ap: ScoreWithInterval
    ap50: ScoreWithInterval
    ap75: ScoreWithInterval
    class_ap: Mapping[str, ScoreWithInterval]

    @property
    def metrics(self) -> dict[str, float]:
        """The scores over all classes by name, the paper's first."""
        return {name: score.value for name, score in self.overall.items()}

    @property
    def overall(self) -> dict[str, ScoreWithInterval]:
        """The same with their intervals."""
        return {"map": self.ap, "map50": self.ap50, "map75": self.ap75}

    @property
    def by_class(self) -> Mapping[str, ScoreWithInterval]:
        """AP of each class."""
        return self.class_ap


class ComparedBoxes(NamedTuple):
    """An image: the objects on it, and boxes (D, 4), labels (D,) and scores (D,) found."""

    objects: Objects
    boxes: Float32Array
    labels: Int64Array
    scores: Float32Array


class AveragePrecision:
    """Compares boxes that are found with those that are there, image by image.

    Attributes:
        images: those added so far.
    """

    def __init__(self, class_names: Sequence[str]) -> None:
        """Start with no image; ``class_names`` has one for each label."""
        self._class_names = tuple(class_names)
        self.images: list[ComparedBoxes] = []

    def add(
        self, objects: Objects, boxes_D4: Float32Array, labels_D: Int64Array, scores_D: Float32Array
    ) -> None:
        """Take an image.

        Args:
            objects: what is there; a box that matches an ignored one counts neither for nor
                against.
            boxes_D4: what was found: x1, y1, x2, y2 in pixels of the same image.
            labels_D: classes of these, without background.
            scores_D: their scores, 0 to 1.
        """
        self.images.append(ComparedBoxes(objects, boxes_D4, labels_D, scores_D))

    def scores(self, *, resamples: int = RESAMPLES, seed: int = 0) -> DetectionScores:
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
        evaluator = self._evaluator()
        ap_TK = _ap(evaluator)
        matches = evaluator._evalImgs_cpp  # noqa: SLF001 - class by class, of each image
        num_classes, count = len(self._class_names), len(self.images)
        drawn_RN = resampled_images(count, resamples=resamples, seed=seed)
        ap_RTK = np.empty((len(drawn_RN), *ap_TK.shape))
        for resample, drawn_N in enumerate(drawn_RN):
            rows = (np.arange(num_classes)[:, None] * count + drawn_N).ravel().tolist()
            evaluator._evalImgs_cpp = [matches[row] for row in rows]  # noqa: SLF001
            ap_RTK[resample] = _ap(evaluator)
        ap_K, ap_RK = ap_TK.mean(0), ap_RTK.mean(1)
        return DetectionScores(
            num_images=count,
            ap=_over_classes(ap_K, ap_RK),
            ap50=_over_classes(ap_TK[IOU_50], ap_RTK[:, IOU_50]),
            ap75=_over_classes(ap_TK[IOU_75], ap_RTK[:, IOU_75]),
            class_ap={
                name: with_interval(float(ap_K[index]), ap_RK[:, index])
                for index, name in enumerate(self._class_names)
            },
        )

    def _evaluator(self) -> Any:
        """Return the library's evaluator, with every image matched."""
        truth = COCO()
        objects = [box for image in enumerate(self.images) for box in _truths(*image)]
        truth.dataset = {
            "images": [{"id": image} for image in range(len(self.images))],
            "annotations": [{"id": number} | box for number, box in enumerate(objects, start=1)],
            "categories": [
                {"id": label, "name": name} for label, name in enumerate(self._class_names)
            ],
        }
        truth.createIndex()
        found = truth.loadRes([box for image in enumerate(self.images) for box in _found(*image)])
        evaluator = COCOeval_faster(truth, found, "bbox", separate_eval=True)
        evaluator.params.areaRng, evaluator.params.areaRngLbl = [list(ANY_AREA)], ["all"]
        evaluator.params.maxDets = [MAX_BOXES]
        evaluator.evaluate()
        return evaluator


def _truths(image: int, compared: ComparedBoxes) -> Iterator[dict[str, Any]]:
    """Yield the objects of an image as COCO has them, without ids."""
    objects = compared.objects
    rows = zip(
        _sided(objects.boxes), objects.labels.tolist(), objects.ignored.tolist(), strict=True
    )
    for box, label, ignored in rows:
        record = {"image_id": image, "category_id": label, "bbox": box}
        yield record | {"area": box[2] * box[3], "iscrowd": int(ignored)}


def _found(image: int, compared: ComparedBoxes) -> Iterator[dict[str, Any]]:
    """Yield the boxes found on an image as COCO has them."""
    labels_D, scores_D = compared.labels.tolist(), compared.scores.tolist()
    for box, label, score in zip(_sided(compared.boxes), labels_D, scores_D, strict=True):
        yield {"image_id": image, "category_id": label, "bbox": box, "score": score}


def _sided(boxes_N4: Float32Array) -> list[list[float]]:
    """Return boxes as corner, width and height."""
    sides_N2 = boxes_N4[:, 2:] - boxes_N4[:, :2]
    boxes: list[list[float]] = np.concatenate([boxes_N4[:, :2], sides_N2], axis=1).tolist()
    return boxes


def _ap(evaluator: Any) -> Floats:
    """Return AP (T, K), the mean of the precision over 101 recalls; NaN where no box is of it."""
    evaluator.accumulate()
    precision_TK = evaluator.eval["precision"][..., 0, 0].mean(1)
    ap_TK: Floats = np.where(precision_TK < 0, np.nan, precision_TK)
    return ap_TK


def _over_classes(ap_K: Floats, ap_RK: Floats) -> ScoreWithInterval:
    return with_interval(float(mean_over_classes(ap_K)), mean_over_classes(ap_RK))
