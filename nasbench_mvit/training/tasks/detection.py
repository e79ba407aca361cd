"""What SSDLite is trained for: boxes as targets of anchors, and the loss (arXiv 1512.02325 §2.2).

Boxes are corners in shares of the image; their classes count from 0, and those of the targets and
logits from 1, since 0 is background. Axes: B images, N anchors, M boxes of an image, K classes with
background.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from nasbench_mvit.models.heads.anchors import anchors, encode, iou, to_corners
from nasbench_mvit.models.heads.ssdlite import BoxPredictions

MATCH_IOU = 0.5
NEGATIVES_PER_POSITIVE = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledBoxes:
    """The boxes of one image.

    Attributes:
        boxes: corners (M, 4), each of positive width and height.
        labels: classes (M,), from 0 on.
    """

    boxes: Tensor
    labels: Tensor


class BoxTargets(NamedTuple):
    """For every anchor its box as ``offsets`` (B, N, 4) and its class as ``labels`` (B, N)."""

    offsets: Tensor
    labels: Tensor


def box_targets(images: Sequence[LabelledBoxes], size: tuple[int, int]) -> BoxTargets:
    """Return the targets of images of ``size``, (height, width) in pixels."""
    anchors_N4 = anchors(*size)
    targets = [_of_image(image, anchors_N4) for image in images]
    return BoxTargets(*(torch.stack(parts) for parts in zip(*targets, strict=True)))


def _of_image(image: LabelledBoxes, anchors_N4: Tensor) -> tuple[Tensor, Tensor]:
    places_N = match(image.boxes, anchors_N4)
    if not len(image.boxes):
        return torch.zeros_like(anchors_N4), torch.zeros_like(places_N)
    offsets_N4 = encode(image.boxes[places_N.clamp(min=0)], anchors_N4)
    is_matched_N = places_N >= 0
    labels_N = torch.where(is_matched_N, image.labels[places_N] + 1, 0)
    return torch.where(is_matched_N[:, None], offsets_N4, 0), labels_N


def match(boxes_M4: Tensor, anchors_N4: Tensor) -> Tensor:
    """Return for each anchor the index of its box, -1 for none, (N,).

    An anchor has the box that it overlaps most, if by 0.5 or more; the best anchor of each box
    has that box, however little they overlap, and the last of several boxes with the same one.
    """
    if not len(boxes_M4):
        return torch.full((len(anchors_N4),), -1)
    overlaps_MN = iou(boxes_M4, to_corners(anchors_N4))
    best_N, places_N = overlaps_MN.max(0)
    places_N[best_N < MATCH_IOU] = -1
    for place, anchor in enumerate(overlaps_MN.argmax(1).tolist()):
        places_N[anchor] = place
    return places_N


def detection_loss(predictions: BoxPredictions, targets: BoxTargets) -> Tensor:
    """Return the loss of a batch: smooth L1 of offsets and cross-entropy, per matched anchor.

    Of the anchors without a box those count that background is least likely for, three in each
    image for every anchor there with a box.
    """
    positive_BN = targets.labels > 0
    num_positive = positive_BN.sum().clamp(min=1)
    entropy_BN = functional.cross_entropy(
        predictions.logits.float().transpose(1, 2), targets.labels, reduction="none"
    )
    counted_BN = positive_BN | hard_negatives(entropy_BN.detach(), positive_BN)
    distance = functional.smooth_l1_loss(
        predictions.offsets.float()[positive_BN], targets.offsets[positive_BN], reduction="sum"
    )
    return (distance + entropy_BN[counted_BN].sum()) / num_positive


def hard_negatives(entropy_BN: Tensor, positive_BN: Tensor) -> Tensor:
    """Return the three negatives of highest loss for each positive of an image, (B, N)."""
    wanted_B1 = NEGATIVES_PER_POSITIVE * positive_BN.sum(1, keepdim=True)
    order_BN = entropy_BN.masked_fill(positive_BN, -torch.inf).argsort(1, descending=True)
    rank_BN = order_BN.argsort(1)
    return (rank_BN < wanted_B1) & ~positive_BN
