"""Build MobileNetV2 (arXiv 1801.04381) and MobileNetV3-Large (arXiv 1905.02244) from their tables.

Axes: B batch, C channels, H height, W width.
"""

from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.architecture import rival_tables
from nasbench_mvit.architecture.heads import TaskHead
from nasbench_mvit.architecture.strides import FULL_STRIDE, STEM_STRIDE
from nasbench_mvit.models.backbone import Backbone, Maps, tapped
from nasbench_mvit.models.heads.build import build_head
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

    def __init__(
        self,
        in_channels: int,
        row: rival_tables.BottleneckRow,
        norm_eps: float,
        step: tuple[int, int],
    ) -> None:
        super().__init__()
        stride, dilation = step
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
            stride=stride,
            dilation=dilation,
            groups=hidden,
            activation=activation,
            norm_eps=norm_eps,
        )
        self.squeeze = SqueezeExcite(hidden, row.squeeze) if row.squeeze else None
        self.project = ConvNormAct(hidden, row.channels, 1, linear=True, norm_eps=norm_eps)
        self.residual = stride == 1 and in_channels == row.channels

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, row.channels, ⌈H/stride⌉, ⌈W/stride⌉)."""
        y_BCHW: Tensor = x_BCHW if self.expand is None else self.expand(x_BCHW)
        y_BCHW = self.depthwise(y_BCHW)
        if self.squeeze is not None:
            y_BCHW = self.squeeze(y_BCHW)
        y_BCHW = self.project(y_BCHW)
        return x_BCHW + y_BCHW if self.residual else y_BCHW


class MobileNet(Backbone):
    """The network of a table: RGB images of any size to what its head gives."""

    def __init__(
        self, table: rival_tables.MobileNetTable, head: TaskHead | None, num_classes: int
    ) -> None:
        super().__init__()
        self.activation, eps = ACTIVATIONS[table.activation], table.norm_eps
        self.ends = table.stage_ends
        self.stem = ConvNormAct(
            IMAGE_CHANNELS, table.stem, 3, stride=STEM_STRIDE, activation=self.activation,
            norm_eps=eps,
        )  # fmt: skip
        self.bottlenecks = nn.Sequential()
        channels = table.stem
        output_stride = FULL_STRIDE if head is None else head.output_stride
        for row, step in zip(table.bottlenecks, table.steps(output_stride), strict=True):
            self.bottlenecks.append(Bottleneck(channels, row, eps, step))
            channels = row.channels
        self.task_head = None
        if head is not None:
            fourth, fifth = (table.bottlenecks[end - 1].channels for end in self.ends[1:])
            self.task_head = build_head(head, (fourth, fifth), num_classes)
            return
        self.head = ConvNormAct(channels, table.head, 1, activation=self.activation, norm_eps=eps)
        self.features = nn.Linear(table.head, table.features) if table.features else None
        self.dropout = nn.Dropout(table.dropout)
        self.classifier = nn.Linear(table.features or table.head, num_classes)

    def maps(self, x_BCHW: Tensor) -> Maps:
        """Return the maps of stages 3, 4 and 5."""
        return tapped(self.bottlenecks, self.ends, self.stem(x_BCHW))

    def classify(self, maps: Maps) -> Tensor:
        """Return logits (B, num_classes) of the last map."""
        y_BC: Tensor = self.head(maps[-1]).mean((2, 3))
        if self.features is not None:
            y_BC = self.activation(self.features(y_BC))
        logits: Tensor = self.classifier(self.dropout(y_BC))
        return logits
