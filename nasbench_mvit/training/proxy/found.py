"""What a network finds on images, small enough to be stored with a training.

Axes: H rows, W columns.
"""

from collections.abc import Sequence

from torch import Tensor

from nasbench_mvit.io import png
from nasbench_mvit.models.heads.suppression import Detections, detect
from nasbench_mvit.training.proxy.result import (
    MAX_FOUND_BOXES,
    MIN_FOUND_SCORE,
    FoundBox,
    FoundOnImage,
)
from nasbench_mvit.training.tasks.annotated import Predictions
from nasbench_mvit.training.tasks.segmentation import segment

DIGITS = 4


def found_on(
    images: Sequence[int], predictions: Predictions, size: int
) -> tuple[FoundOnImage, ...]:
    """Return the predictions for images of side ``size``, which are known by their numbers."""
    if isinstance(predictions, Tensor):
        classes_BHW = segment(predictions, (size, size)).cpu().numpy().astype("uint8")
        return tuple(
            FoundOnImage(image=image, mask=png.encoded(classes_HW))
            for image, classes_HW in zip(images, classes_BHW, strict=True)
        )
    return tuple(
        FoundOnImage(image=image, boxes=_boxes(detections))
        for image, detections in zip(images, detect(predictions, (size, size)), strict=True)
    )


def _boxes(detections: Detections) -> tuple[FoundBox, ...]:
    is_sure = detections.scores >= MIN_FOUND_SCORE
    parts = (detections.boxes, detections.labels, detections.scores)
    boxes, labels, scores = (part[is_sure][:MAX_FOUND_BOXES].tolist() for part in parts)
    return tuple(
        FoundBox(
            corners=(round(x1, DIGITS), round(y1, DIGITS), round(x2, DIGITS), round(y2, DIGITS)),
            label=label,
            score=round(score, DIGITS),
        )
        for (x1, y1, x2, y2), label, score in zip(boxes, labels, scores, strict=True)
    )
