"""What a network finds on images, small enough to be stored with a training.

Axes: H rows, W columns.
"""

import base64
import io
from collections.abc import Sequence

from PIL import Image
from torch import Tensor

from nasbench_mvit.models.heads.suppression import Detections, detect
from nasbench_mvit.training.images.arrays import UInt8Array
from nasbench_mvit.training.proxy.result import FoundBox, FoundOnImage
from nasbench_mvit.training.tasks.annotated import Predictions
from nasbench_mvit.training.tasks.segmentation import segment

MIN_SCORE = 0.1  # of a box that is kept
MAX_BOXES = 10  # of an image
DIGITS = 4


def found_on(
    images: Sequence[int], predictions: Predictions, size: int
) -> tuple[FoundOnImage, ...]:
    """Return what is predicted for images of side ``size``, which are known by their numbers."""
    if isinstance(predictions, Tensor):
        classes_BHW = segment(predictions, (size, size)).cpu().numpy().astype("uint8")
        return tuple(
            FoundOnImage(image=image, mask=_encoded(classes_HW))
            for image, classes_HW in zip(images, classes_BHW, strict=True)
        )
    return tuple(
        FoundOnImage(image=image, boxes=_boxes(detections))
        for image, detections in zip(images, detect(predictions, (size, size)), strict=True)
    )


def _boxes(detections: Detections) -> tuple[FoundBox, ...]:
    is_sure = detections.scores >= MIN_SCORE
    parts = (detections.boxes, detections.labels, detections.scores)
    boxes, labels, scores = (part[is_sure][:MAX_BOXES].tolist() for part in parts)
    return tuple(
        FoundBox(
            corners=(round(x1, DIGITS), round(y1, DIGITS), round(x2, DIGITS), round(y2, DIGITS)),
            label=label,
            score=round(score, DIGITS),
        )
        for (x1, y1, x2, y2), label, score in zip(boxes, labels, scores, strict=True)
    )


def _encoded(classes_HW: UInt8Array) -> str:
    file = io.BytesIO()
    Image.fromarray(classes_HW).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()
