"""What DeepLabv3 is trained for: the class of every pixel, but those that are marked as ignored.

Axes: B images, K classes, H height, W width.
"""

from torch import Tensor
from torch.nn import functional

from nasbench_mvit.models.heads.deeplabv3 import upsample
from nasbench_mvit.training.images.annotated.annotated_image import IGNORED


def segmentation_loss(logits_BKhw: Tensor, labels_BHW: Tensor) -> Tensor:
    """Return the mean cross-entropy over the pixels that are not ignored, 0 where all are.

    Args:
        logits_BKhw: at the stride of the network's last map; they are resized to the labels.
        labels_BHW: classes from 0 on, or ``IGNORED``; of any type of integers.
    """
    logits_BKHW = upsample(logits_BKhw.float(), (labels_BHW.shape[1], labels_BHW.shape[2]))
    labels_BHW = labels_BHW.long()
    total = functional.cross_entropy(logits_BKHW, labels_BHW, ignore_index=IGNORED, reduction="sum")
    loss: Tensor = total / (labels_BHW != IGNORED).sum().clamp(min=1)
    return loss


def segment(logits_BKhw: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the class of each pixel, (B, H, W), of images of ``size``, (height, width)."""
    return upsample(logits_BKhw.float(), size).argmax(1)
