"""How often a network names images right, first or among its first five.

Axes: B images, K classes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.images.loader import Labelled

FIRST_FEW = 5


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The scores of a network on labelled images.

    Attributes:
        num_images: images shown.
        hits1: those whose class had the largest logit.
        hits5: those whose class was among the five largest; among all where there are fewer.
        loss: mean cross-entropy, without label smoothing.
    """

    num_images: int
    hits1: int
    hits5: int
    loss: float

    @property
    def top1(self) -> float:
        """Share of images classified correctly, 0 to 1."""
        return self.hits1 / self.num_images

    @property
    def top5(self) -> float:
        """Share of images whose class was among the first five, 0 to 1."""
        return self.hits5 / self.num_images


@torch.no_grad()
def score(
    model: nn.Module, batches: Iterable[Labelled], placement: Placement, world: World
) -> Scores:
    """Show every process's batches to a network in evaluation mode; return the sum of all."""
    sums = [0.0] * 4
    for batch in batches:
        labels_B = batch.labels.to(placement.device)
        logits_BK = logits(model, batch.images, placement)
        first_BF = logits_BK.topk(min(FIRST_FEW, logits_BK.shape[1])).indices
        hits_BF = first_BF == labels_B[:, None]
        loss = functional.cross_entropy(logits_BK, labels_B, reduction="sum")
        found = (len(labels_B), int(hits_BF[:, 0].sum()), int(hits_BF.sum()), loss.item())
        sums = [before + more for before, more in zip(sums, found, strict=True)]
    count, hits1, hits5, loss_sum = world.total(sums)
    return Scores(num_images=int(count), hits1=int(hits1), hits5=int(hits5), loss=loss_sum / count)


def logits(model: nn.Module, images_BCHW: Tensor, placement: Placement) -> Tensor:
    """Return float32 logits (B, K) of uint8 images (B, 3, H, W)."""
    x_BCHW = images_BCHW.to(placement.device, non_blocking=True).float() / 255
    with torch.autocast(
        placement.device.type, placement.autocast, enabled=placement.autocast is not None
    ):
        logits_BK: Tensor = model(x_BCHW.contiguous(memory_format=torch.channels_last))
    return logits_BK.float()
