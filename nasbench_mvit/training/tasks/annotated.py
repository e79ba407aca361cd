"""The loss and the score of a network that detects or segments, on annotated images.

Annotated images have boxes in pixels, networks predict them in shares of the image: it is here that
one becomes the other. Axes: B images, C channels, H height, W width, M boxes.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from nasbench_mvit.models.heads.ssdlite import BoxPredictions
from nasbench_mvit.models.heads.suppression import detect
from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedImage, AnnotatedTask
from nasbench_mvit.training.images.annotated.batches import AnnotatedBatch
from nasbench_mvit.training.tasks.average_precision import AveragePrecision, DetectionScores
from nasbench_mvit.training.tasks.bootstrap import ScoreWithInterval
from nasbench_mvit.training.tasks.detection import (
    BoxTargets,
    LabelledBoxes,
    box_targets,
    detection_loss,
)
from nasbench_mvit.training.tasks.mean_iou import MeanIoU, SegmentationScores
from nasbench_mvit.training.tasks.segmentation import segment, segmentation_loss

Predictions = BoxPredictions | Tensor


def predict(model: nn.Module, images_BCHW: Tensor, placement: Placement) -> Predictions:
    """Return the predictions of a network for uint8 images."""
    x_BCHW = images_BCHW.to(placement.device, non_blocking=True).float() / 255
    with torch.autocast(
        placement.device.type, placement.autocast, enabled=placement.autocast is not None
    ):
        found: Predictions = model(x_BCHW.contiguous(memory_format=torch.channels_last))
    return found


def is_finite(predictions: Predictions) -> bool:
    """Return whether all that is predicted are numbers."""
    parts = (predictions,) if isinstance(predictions, Tensor) else predictions
    return all(bool(torch.isfinite(part).all()) for part in parts)


def loss_of(predictions: Predictions, batch: AnnotatedBatch) -> Tensor:
    """Return the loss of predictions for a batch, of boxes or of masks."""
    if isinstance(predictions, Tensor):
        if batch.masks is None:
            raise ValueError("a network that segments needs masks")
        return segmentation_loss(predictions, batch.masks.to(predictions.device))
    size = (batch.images.shape[2], batch.images.shape[3])
    targets = box_targets(in_shares(batch), size)
    device = predictions.logits.device
    return detection_loss(predictions, BoxTargets(*(part.to(device) for part in targets)))


def in_shares(batch: AnnotatedBatch) -> list[LabelledBoxes]:
    """Return the boxes of each image of a batch in shares of its width and height."""
    height, width = batch.images.shape[2:]
    scale = torch.tensor([width, height, width, height])
    return [
        LabelledBoxes(boxes=boxes_M4 / scale, labels=labels_M)
        for boxes_M4, labels_M in zip(batch.boxes, batch.labels, strict=True)
    ]


class TaskScore:
    """The mAP50 or mIoU of a network, image by image."""

    def __init__(self, task: AnnotatedTask, class_names: Sequence[str]) -> None:
        """Start with no image."""
        self._metric = (AveragePrecision if task == "detection" else MeanIoU)(class_names)

    def add(self, predictions: Predictions, examples: Sequence[AnnotatedImage]) -> None:
        """Compare what was predicted for images of one size with what is on them."""
        width, height = examples[0].size
        if isinstance(self._metric, MeanIoU):
            if not isinstance(predictions, Tensor):
                raise TypeError("boxes have no mIoU")
            classes_BHW = segment(predictions, (height, width)).cpu().numpy()
            for example, classes_HW in zip(examples, classes_BHW, strict=True):
                if example.mask is None:
                    raise ValueError("an image to segment has no mask")
                self._metric.add(example.mask, classes_HW)
            return
        if isinstance(predictions, Tensor):
            raise TypeError("a mask has no mAP")
        scale = torch.tensor([width, height, width, height])
        found = detect(predictions, (height, width))
        for example, detections in zip(examples, found, strict=True):
            self._metric.add(
                example.objects,
                (detections.boxes.cpu() * scale).numpy(),
                detections.labels.cpu().numpy(),
                detections.scores.cpu().numpy(),
            )

    def shared(self, world: World) -> dict[str, float]:
        """Return the scores by name over the images of all processes, 0 where there is none.

        Raises:
            ValueError: no image was added.
        """
        metric = self._metric
        if isinstance(metric, MeanIoU):
            metric.images = world.gathered(metric.images)
        else:
            metric.images = world.gathered(metric.images)
        metrics = metric.scores(resamples=0).metrics
        return {name: float(np.nan_to_num(value)) for name, value in metrics.items()}

    def scores(self) -> DetectionScores | SegmentationScores:
        """Return all scores over all images, with intervals.

        Raises:
            ValueError: no image was added.
        """
        return self._metric.scores()

    def result(self, *, resamples: int) -> ScoreWithInterval:
        """Return the score over all images; without ``resamples`` its interval is NaN.

        Raises:
            ValueError: no image was added.
        """
        if isinstance(self._metric, MeanIoU):
            return self._metric.scores(resamples=resamples).mean_iou
        return self._metric.scores(resamples=resamples).ap50
