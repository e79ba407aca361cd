"""SSDLite: an offset and class logits for every anchor of six maps.

SSD (arXiv 1512.02325 §2) with separable convolutions (MobileNetV2, arXiv 1801.04381 §6.2), as
ml-cvnets builds it on MobileViT. Axes: B batch, C channels, H height, W width; N anchors, map by
map, row by row, and all of a cell together (``anchors``); K classes, of which 0 is background.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.architecture.heads import SSDLiteHead
from nasbench_mvit.models.heads.anchors import ANCHORS_PER_CELL, COORDINATES
from nasbench_mvit.models.layers import ConvNormAct, static_shape


class BoxPredictions(NamedTuple):
    """What SSDLite says of each anchor: ``offsets`` (B, N, 4) and class ``logits`` (B, N, K)."""

    offsets: Tensor
    logits: Tensor


class SeparableConv(nn.Module):
    """A depthwise 3×3 convolution without activation and a 1×1 one with ReLU."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.depthwise = ConvNormAct(
            in_channels, in_channels, 3, stride=2, groups=in_channels, linear=True
        )
        self.pointwise = ConvNormAct(in_channels, out_channels, 1, activation=functional.relu)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, out_channels, ⌈H/2⌉, ⌈W/2⌉)."""
        y_BCHW: Tensor = self.pointwise(self.depthwise(x_BCHW))
        return y_BCHW


class SeparablePredictor(nn.Module):
    """A depthwise 3×3 convolution and a 1×1 one with bias, without activations."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.depthwise = ConvNormAct(in_channels, in_channels, 3, groups=in_channels, linear=True)
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, out_channels, H, W)."""
        y_BCHW: Tensor = self.pointwise(self.depthwise(x_BCHW))
        return y_BCHW


class SSDLite(nn.Module):
    """Maps of a backbone to predictions for every anchor."""

    def __init__(self, head: SSDLiteHead, channels: tuple[int, int], num_classes: int) -> None:
        super().__init__()
        self.num_outputs = COORDINATES + num_classes + 1
        read = (head.channels_16, head.channels_32)
        added = (channels[-1], head.channels_64, head.channels_128, head.channels_256)
        self.projections = nn.ModuleList(
            nn.Identity()
            if channels == width
            else ConvNormAct(channels, width, 1, activation=functional.relu)
            for channels, width in zip(channels, read, strict=True)
        )
        self.extra = nn.ModuleList(map(SeparableConv, added[:-1], added[1:]))
        self.pooled = nn.Conv2d(head.channels_256, head.channels_pooled, 1)
        self.predictors = nn.ModuleList(
            SeparablePredictor(width, count * self.num_outputs)
            for width, count in zip((*read, *added[1:]), ANCHORS_PER_CELL[:-1], strict=True)
        )
        self.predictors.append(
            nn.Conv2d(head.channels_pooled, ANCHORS_PER_CELL[-1] * self.num_outputs, 1)
        )

    def forward(self, maps: Sequence[Tensor]) -> BoxPredictions:
        """Return the predictions on maps (B, C, H, W), of which the last two are read."""
        outputs = [
            self._predicted(index, project(x_BCHW))
            for index, (project, x_BCHW) in enumerate(zip(self.projections, maps[-2:], strict=True))
        ]
        x_BCHW = maps[-1]
        for layer in self.extra:
            x_BCHW = layer(x_BCHW)
            outputs.append(self._predicted(len(outputs), x_BCHW))
        pooled_BC11 = functional.relu(self.pooled(x_BCHW.mean((2, 3), keepdim=True)))
        outputs.append(self._predicted(len(outputs), pooled_BC11))
        both_BNE = torch.cat(outputs, 1)
        return BoxPredictions(both_BNE[..., :COORDINATES], both_BNE[..., COORDINATES:])

    def _predicted(self, index: int, x_BCHW: Tensor) -> Tensor:
        """Return the outputs of one map, anchor by anchor, (B, H·W·anchors, 4 + K)."""
        y_BEHW: Tensor = self.predictors[index](x_BCHW)
        batch = static_shape(y_BEHW)[0]
        return y_BEHW.permute(0, 2, 3, 1).reshape(batch, -1, self.num_outputs)

    def initialise(self) -> None:
        """Initialise the convolutions by Xavier's rule with uniform numbers, as ml-cvnets does."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)
