"""DeepLabv3 (arXiv 1706.05587 §3.3): a class for each pixel of the last map.

Axes: B batch, C channels, H height, W width, K classes.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.architecture.heads import DeepLabv3Head
from nasbench_mvit.models.layers import ConvNormAct, static_shape


class PyramidPooling(nn.Module):
    """Atrous spatial pyramid pooling: five views of a map, joined by a 1×1 convolution.

    The views are a 1×1 convolution, three dilated 3×3 ones and the mean of the map.
    """

    def __init__(self, head: DeepLabv3Head, channels: int) -> None:
        super().__init__()
        width, relu = head.aspp_channels, functional.relu
        self.branches = nn.ModuleList([ConvNormAct(channels, width, 1, activation=relu)])
        for rate in head.atrous_rates:
            self.branches.append(ConvNormAct(channels, width, 3, dilation=rate, activation=relu))
        self.pooled = ConvNormAct(channels, width, 1, activation=relu)
        self.project = ConvNormAct(5 * width, width, 1, activation=relu)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, aspp_channels, H, W)."""
        height, width = static_shape(x_BCHW)[2:]
        views = [branch(x_BCHW) for branch in self.branches]
        mean_BC11 = self.pooled(x_BCHW.mean((2, 3), keepdim=True))
        views.append(mean_BC11.expand(-1, -1, height, width))
        y_BCHW: Tensor = self.project(torch.cat(views, 1))
        return y_BCHW


class DeepLabv3(nn.Module):
    """Maps of a backbone to logits at the stride of the last one."""

    def __init__(self, head: DeepLabv3Head, channels: int, num_classes: int) -> None:
        super().__init__()
        self.aspp = PyramidPooling(head, channels)
        self.dropout = nn.Dropout2d(head.dropout)
        self.classifier = nn.Conv2d(head.aspp_channels, num_classes, 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Return logits (B, K, H, W) of the last of the maps, (B, C, H, W)."""
        logits_BKHW: Tensor = self.classifier(self.dropout(self.aspp(maps[-1])))
        return logits_BKHW


def upsample(logits_BKHW: Tensor, size: tuple[int, int]) -> Tensor:
    """Return logits at another (height, width), bilinearly: those of an image's own pixels."""
    return functional.interpolate(logits_BKHW, size=size, mode="bilinear", align_corners=False)
