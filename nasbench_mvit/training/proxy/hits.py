"""What a network says of canvases, and which of their cells it names right.

Axes: B canvases, G cells per canvas, K classes, N images.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.images.arrays import BoolArray
from nasbench_mvit.training.proxy.stream import Batch


def logits_of(model: nn.Module, batch: Batch, placement: Placement) -> Tensor:
    """Return the network's float32 logits (B, G, K) for the cells of canvases."""
    with torch.autocast(
        placement.device.type, placement.autocast, enabled=placement.autocast is not None
    ):
        logits: Tensor = model(batch.canvases)
    return logits.float().view(*batch.labels.shape, -1)


@torch.no_grad()
def hits_of(
    model: nn.Module, batches: Iterable[Batch], placement: Placement, not_finite: Exception
) -> BoolArray:
    """Return whether each image that counts is classified correctly, (N,), by ``batches``.

    Args:
        model: the network; it is left in evaluation mode.
        batches: what it is shown.
        placement: where it is.
        not_finite: raised when its output is infinite or not a number.
    """
    model.eval()
    hits = []
    for batch in batches:
        logits_BGK = logits_of(model, batch, placement)
        if not torch.isfinite(logits_BGK).all():
            raise not_finite
        hits_BG = logits_BGK.argmax(2) == batch.labels
        hits.append(hits_BG[batch.counted].cpu().numpy())
    return np.concatenate(hits)
