"""Annotated images of one size as a batch of tensors.

Axes: B images, N objects of an image, H rows, W columns.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedImage


class AnnotatedBatch(NamedTuple):
    """Images with their boxes or masks.

    Attributes:
        images: (B, 3, H, W), uint8.
        boxes: of each image (N, 4), float32: x1, y1, x2, y2 in pixels; without ignored ones.
        labels: of each image (N,), int64, classes without background.
        masks: (B, H, W), int64, 255 where a pixel is ignored; None for detection.
        examples: the images as they are scored, with ignored boxes.
    """

    images: Tensor
    boxes: tuple[Tensor, ...]
    labels: tuple[Tensor, ...]
    masks: Tensor | None
    examples: tuple[AnnotatedImage, ...]


def collated(examples: Sequence[AnnotatedImage]) -> AnnotatedBatch:
    """Return images of one size, all with masks or all without, as a batch."""
    width, height = examples[0].size
    images_B3HW = np.empty((len(examples), 3, height, width), np.uint8)
    # By numpy: in the threads that collate what is decoded, torch would start others.
    np.stack([example.image.transpose(2, 0, 1) for example in examples], out=images_B3HW)
    usable = [example.objects.chosen(~example.objects.ignored) for example in examples]
    masks = [example.mask for example in examples if example.mask is not None]
    return AnnotatedBatch(
        images=torch.from_numpy(images_B3HW),
        boxes=tuple(torch.from_numpy(objects.boxes) for objects in usable),
        labels=tuple(torch.from_numpy(objects.labels) for objects in usable),
        masks=torch.from_numpy(np.stack(masks).astype(np.int64)) if masks else None,
        examples=tuple(examples),
    )
