"""Build MobileNetV2 (arXiv 1801.04381) and MobileNetV3-Large (arXiv 1905.02244) from their tables.

Axes: B batch, C channels, H height, W width.
"""

from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.architecture import rival_tables
from nasbench_mvit.models.layers import IMAGE_CHANNELS, Activation, ConvNormAct

ACTIVATIONS: dict[rival_tables.Activation, Activation] = {
    "relu": functional.relu,
    "relu6": functional.relu6,
    "hardswish": functional.hardswish,
}


class SqueezeExcite(nn.Module):
    """Channel weights from the channel means: 1×1 down, ReLU, 1×1 up, hard sigmoid."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.expand = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, C, H, W)."""
        mean_BC11 = x_BCHW.mean((2, 3), keepdim=True)
        weight_BC11 = functional.hardsigmoid(self.expand(functional.relu(self.reduce(mean_BC11))))
        return x_BCHW * weight_BC11


class Bottleneck(nn.Module):
    """The inverted residual of a row of the table."""

    def __init__(self, in_channels: int, row: rival_tables.BottleneckRow, norm_eps: float) -> None:
        super().__init__()
        activation, hidden = ACTIVATIONS[row.activation], row.hidden
        self.expand = (
            None
            if hidden == in_channels
            else ConvNormAct(in_channels, hidden, 1, activation=activation, norm_eps=norm_eps)
        )
        self.depthwise = ConvNormAct(
            hidden,
            hidden,
            row.kernel,
            stride=row.stride,
            groups=hidden,
            activation=activation,
            norm_eps=norm_eps,
        )
        self.squeeze = SqueezeExcite(hidden, row.squeeze) if row.squeeze else None
        self.project = ConvNormAct(hidden, row.channels, 1, linear=True, norm_eps=norm_eps)
        self.residual = row.stride == 1 and in_channels == row.channels

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, row.channels, ⌈H/stride⌉, ⌈W/stride⌉)."""
        y_BCHW: Tensor = x_BCHW if self.expand is None else self.expand(x_BCHW)
        y_BCHW = self.depthwise(y_BCHW)
        if self.squeeze is not None:
            y_BCHW = self.squeeze(y_BCHW)
        y_BCHW = self.project(y_BCHW)
        return x_BCHW + y_BCHW if self.residual else y_BCHW


class MobileNet(nn.Module):
    """The network of a table: RGB images of any size to ``num_classes`` logits."""

    def __init__(self, table: rival_tables.MobileNetTable, num_classes: int) -> None:
        super().__init__()
        self.activation, eps = ACTIVATIONS[table.activation], table.norm_eps
        self.stem = ConvNormAct(
            IMAGE_CHANNELS, table.stem, 3, stride=2, activation=self.activation, norm_eps=eps
        )
        self.bottlenecks = nn.Sequential()
        channels = table.stem
        for row in table.bottlenecks:
            self.bottlenecks.append(Bottleneck(channels, row, eps))
            channels = row.channels
        self.head = ConvNormAct(channels, table.head, 1, activation=self.activation, norm_eps=eps)
        self.features = nn.Linear(table.head, table.features) if table.features else None
        self.dropout = nn.Dropout(table.dropout)
        self.classifier = nn.Linear(table.features or table.head, num_classes)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return logits (B, num_classes) of images (B, 3, H, W)."""
        y_BC: Tensor = self.head(self.bottlenecks(self.stem(x_BCHW))).mean((2, 3))
        if self.features is not None:
            y_BC = self.activation(self.features(y_BC))
        logits: Tensor = self.classifier(self.dropout(y_BC))
        return logits
