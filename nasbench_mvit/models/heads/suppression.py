"""Detections from SSDLite's predictions: decoding, thresholds and non-maximum suppression.

Axes: B images, N anchors, K classes with background, C classes without, T candidates of a class, D
detections of an image.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from nasbench_mvit.models.heads.anchors import anchors, decode, iou
from nasbench_mvit.models.heads.ssdlite import BoxPredictions

MIN_SCORE = 0.01
CANDIDATES_PER_CLASS = 400
MAX_IOU = 0.5
DETECTIONS_PER_IMAGE = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Detections:
    """The boxes found in one image, the surest first.

    Attributes:
        boxes: corners (D, 4) in shares of the image, inside it.
        scores: probabilities of the class, (D,).
        labels: classes (D,), from 0 on, without background.
    """

    boxes: Tensor
    scores: Tensor
    labels: Tensor


@torch.no_grad()
def detect(predictions: BoxPredictions, size: tuple[int, int]) -> list[Detections]:
    """Return the detections of each image of a batch of ``size``, (height, width) in pixels.

    Of each class the 400 boxes of the highest scores above 0.01 are kept, less those that overlap a
    surer one of the class by more than 0.5; of all classes together the best 200.
    """
    offsets_BN4, logits_BNK = (part.float() for part in predictions)
    boxes_BN4 = decode(offsets_BN4, anchors(*size).to(offsets_BN4.device))
    scores_BNC = logits_BNK.softmax(-1)[..., 1:]
    return [best_boxes(*image) for image in zip(boxes_BN4, scores_BNC, strict=True)]


def best_boxes(boxes_N4: Tensor, scores_NC: Tensor) -> Detections:
    """Return the detections of one image from corners and probabilities of its anchors."""
    scores_CN = scores_NC.T
    count = min(CANDIDATES_PER_CLASS, int((scores_CN > MIN_SCORE).sum(1).max()))
    scores_CT, places_CT = scores_CN.topk(count, dim=1)
    boxes_CT4 = boxes_N4[places_CT]
    kept_CT = suppress(boxes_CT4, scores_CT > MIN_SCORE)
    labels_D, places_D = kept_CT.nonzero(as_tuple=True)
    scores_D = scores_CT[labels_D, places_D]
    best_D = scores_D.argsort(descending=True, stable=True)[:DETECTIONS_PER_IMAGE]
    return Detections(
        boxes=boxes_CT4[labels_D, places_D][best_D].clamp(0, 1),
        scores=scores_D[best_D],
        labels=labels_D[best_D],
    )


def suppress(boxes_CT4: Tensor, present_CT: Tensor, max_iou: float = MAX_IOU) -> Tensor:
    """Return a mask of the boxes that greedy non-maximum suppression keeps, (C, T), class by class.

    Args:
        boxes_CT4: corners, the surest first.
        present_CT: which are boxes at all.
        max_iou: overlap with a surer box that is kept above which a box is not.
    """
    overlaps_CTT = (iou(boxes_CT4, boxes_CT4) > max_iou).triu(1)
    kept_CT = present_CT
    while True:  # whether a box is kept is known when that of all surer ones is: T rounds at most
        beaten_CT = (kept_CT[:, :, None] & overlaps_CTT).any(1)
        now_CT = present_CT & ~beaten_CT
        if torch.equal(kept_CT, now_CT):
            return kept_CT
        kept_CT = now_CT
