"""What a network answers, in torch and in a file, compared.

The answers to N images are one array: logits (N, G·K) of a network that classifies and (N, K, h, w)
of one that segments; of one that detects boxes and scores side by side, (N, A, 4 + C).
Axes: G cells of a canvas, K classes, A anchors, C classes without background, D detections.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.export.interface import Classes
from nasbench_mvit.models.heads.anchors import COORDINATES, iou
from nasbench_mvit.models.heads.suppression import Detections, best_boxes

FloatArray = npt.NDArray[np.float32]

SAME_BOX_IOU = 0.5


def joined(outputs: Sequence[FloatArray]) -> FloatArray:
    """Return the outputs of a network for one image as one array."""
    return np.concatenate(outputs, axis=-1)


def parts(answers: FloatArray, task: Task) -> list[FloatArray]:
    """Return the outputs that ``joined`` has put together."""
    if task == "detection":
        return [answers[..., :COORDINATES], answers[..., COORDINATES:]]
    return [answers]


def largest_difference(expected: FloatArray, found: FloatArray, task: Task) -> tuple[float, float]:
    """Return the largest difference of two answers, and the largest number of that output.

    Boxes and scores are of different size: the output is taken that differs by the larger share.
    """
    with np.errstate(invalid="ignore"):  # of infinities
        differing = [
            (float(np.abs(ours - theirs).max()), float(np.abs(theirs).max()))
            for theirs, ours in zip(parts(expected, task), parts(found, task), strict=True)
        ]
    return max(differing, key=lambda pair: _share(*pair))


def _share(difference: float, largest: float) -> float:
    return difference / largest if largest and np.isfinite(difference) else np.inf


def agreement(expected: FloatArray, found: FloatArray, classes: Classes, task: Task) -> float:
    """Return the share of torch's answers that a file gives too, 0 to 1.

    An answer is the class of a cell or of a pixel, or a box that torch finds: the file must find
    one of the same class that overlaps it by a half. Where torch finds none it is 1.
    """
    if task == "detection":
        return _boxes_in_common(expected, found)
    if task == "segmentation":
        return float((expected.argmax(1) == found.argmax(1)).mean())
    return float((named(expected, classes) == named(found, classes)).mean())


def named(logits: FloatArray, classes: Classes) -> npt.NDArray[np.intp]:
    """Return the class with the largest logit in every cell, (N, G)."""
    best: npt.NDArray[np.intp] = logits.reshape(len(logits), classes.cells, -1).argmax(axis=2)
    return best


def _boxes_in_common(expected: FloatArray, found: FloatArray) -> float:
    num_found = num_there = 0
    for theirs, ours in zip(_detections(expected), _detections(found), strict=True):
        overlaps_DD = iou(theirs.boxes, ours.boxes) >= SAME_BOX_IOU
        same_DD = overlaps_DD & (theirs.labels[:, None] == ours.labels[None, :])
        num_found += int(same_DD.any(1).sum())
        num_there += len(theirs.labels)
    return num_found / num_there if num_there else 1.0


def _detections(answers: FloatArray) -> list[Detections]:
    boxes_NA4, scores_NAC = (torch.from_numpy(part) for part in parts(answers, "detection"))
    return [best_boxes(*image) for image in zip(boxes_NA4, scores_NAC, strict=True)]
