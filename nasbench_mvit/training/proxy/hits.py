"""What a network says of canvases, its loss there, and which of their images it names right.

Axes: B canvases, O outputs of the network for a canvas, L images that an output names, K classes,
N images.
"""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.images.arrays import BoolArray
from nasbench_mvit.training.proxy.stream import Batch


def logits_of(model: Callable[[Tensor], Tensor], batch: Batch, placement: Placement) -> Tensor:
    """Return the network's float32 logits (B, O, K) for canvases."""
    with torch.autocast(
        placement.device.type, placement.autocast, enabled=placement.autocast is not None
    ):
        logits = model(batch.canvases)
    return logits.float().view(*batch.labels.shape[:2], -1)


def loss_of(logits_BOK: Tensor, batch: Batch, label_smoothing: float) -> Tensor:
    """Return the mean cross-entropy over all images of a batch."""
    logits_BOLK = logits_BOK[:, :, None].expand(*batch.labels.shape, -1)
    return functional.cross_entropy(
        logits_BOLK.flatten(0, 2), batch.labels.flatten(), label_smoothing=label_smoothing
    )


@torch.no_grad()
def hits_of(
    model: nn.Module, batches: Iterable[Batch], placement: Placement, not_finite: Exception
) -> BoolArray:
    """Return whether each image that counts is classified correctly, (N,), by ``batches``.

    An output that names one image is right where its largest logit is; one that names several, of m
    classes, is right on those among its m largest (their share is R-precision).

    Args:
        model: the network; it is left in evaluation mode.
        batches: what it is shown.
        placement: where it is.
        not_finite: raised when its output is infinite or not a number.
    """
    model.eval()
    hits = []
    for batch in batches:
        logits_BOK = logits_of(model, batch, placement)
        if not torch.isfinite(logits_BOK).all():
            raise not_finite
        classes_BO = torch.zeros_like(logits_BOK).scatter_(2, batch.labels, 1.0).sum(2)
        rank_BOK = logits_BOK.argsort(2, descending=True).argsort(2)
        hits_BOL = (rank_BOK < classes_BO[..., None]).gather(2, batch.labels)
        hits.append(hits_BOL[batch.counted].cpu().numpy())
    return np.concatenate(hits)
