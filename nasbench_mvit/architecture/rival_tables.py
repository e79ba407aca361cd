"""The rivals' architectures as data: MobileNetV2, MobileNetV3-Large and DeiT-Tiny."""

from dataclasses import dataclass
from typing import Literal

from nasbench_mvit.architecture.spec import make_divisible
from nasbench_mvit.architecture.strides import dilate

Activation = Literal["relu", "relu6", "hardswish"]


@dataclass(frozen=True)
class BottleneckRow:
    """An inverted residual: expand 1×1, depthwise, maybe squeeze-and-excite, project 1×1.

    The expansion is omitted where ``hidden`` equals the input's channels. The input is added where
    shapes agree, as in MobileViT's MV2 blocks.

    Attributes:
        kernel: kernel size of the depthwise convolution.
        hidden: number of hidden channels.
        channels: number of output channels.
        stride: stride of the depthwise convolution.
        activation: activation after the expansion and the depthwise convolution.
        squeeze: hidden channels of the squeeze-and-excite part, 0 where there is none.
    """

    kernel: int
    hidden: int
    channels: int
    stride: int
    activation: Activation
    squeeze: int = 0


@dataclass(frozen=True)
class MobileNetTable:
    """A stem, bottlenecks, a 1×1 convolution, pooling and a classifier.

    Attributes:
        stem: channels of the 3×3 convolution of stride 2.
        bottlenecks: the bottlenecks, in order.
        head: channels of the last convolution.
        features: width of a further layer after pooling, 0 where there is none.
        activation: activation after stem, head and features.
        norm_eps: epsilon of all batch normalisations.
        dropout: dropout before the classifier.
    """

    stem: int
    bottlenecks: tuple[BottleneckRow, ...]
    head: int
    features: int
    activation: Activation
    norm_eps: float
    dropout: float

    @property
    def stage_ends(self) -> tuple[int, int, int]:
        """Number of bottlenecks up to the end of stages 3, 4 and 5: of strides 8, 16 and 32."""
        starts = [index for index, row in enumerate(self.bottlenecks) if row.stride > 1]
        return (*starts[-2:], len(self.bottlenecks))  # type: ignore[return-value]

    def steps(self, output_stride: int) -> tuple[tuple[int, int], ...]:
        """Return stride and dilation of every bottleneck for a last map of ``output_stride``."""
        return tuple(dilate((row.stride for row in self.bottlenecks), output_stride))


@dataclass(frozen=True)
class VisionTransformerTable:
    """Patches of the image as tokens, a class token, pre-norm transformer layers with GELU."""

    patch: int
    dim: int
    depth: int
    heads: int
    ffn_dim: int
    norm_eps: float


def _mobilenet_v2() -> MobileNetTable:
    """Return MobileNetV2 (Sandler et al., CVPR 2018, arXiv 1801.04381, Table 2) at width 1.0."""
    channels = 32
    bottlenecks = []
    # Rows of the table: expansion t, channels c, repeats n, stride s of the first.
    for expansion, width, repeats, first_stride in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for index in range(repeats):
            stride = 1 if index else first_stride
            bottlenecks.append(BottleneckRow(3, channels * expansion, width, stride, "relu6"))
            channels = width
    return MobileNetTable(
        stem=32,
        bottlenecks=tuple(bottlenecks),
        head=1280,
        features=0,
        activation="relu6",
        norm_eps=1e-5,
        dropout=0.2,
    )


# Rows of Table 1 of arXiv 1905.02244: kernel, exp size, #out, SE, NL, s.
_V3_LARGE: tuple[tuple[int, int, int, bool, Activation, int], ...] = (
    (3, 16, 16, False, "relu", 1),
    (3, 64, 24, False, "relu", 2),
    (3, 72, 24, False, "relu", 1),
    (5, 72, 40, True, "relu", 2),
    (5, 120, 40, True, "relu", 1),
    (5, 120, 40, True, "relu", 1),
    (3, 240, 80, False, "hardswish", 2),
    (3, 200, 80, False, "hardswish", 1),
    (3, 184, 80, False, "hardswish", 1),
    (3, 184, 80, False, "hardswish", 1),
    (3, 480, 112, True, "hardswish", 1),
    (3, 672, 112, True, "hardswish", 1),
    (5, 672, 160, True, "hardswish", 2),
    (5, 960, 160, True, "hardswish", 1),
    (5, 960, 160, True, "hardswish", 1),
)


def _mobilenet_v3_large() -> MobileNetTable:
    """Return MobileNetV3-Large (Howard et al., ICCV 2019, arXiv 1905.02244, Table 1) at width 1.0.

    Squeeze-and-excite reduces to a quarter of the hidden channels, rounded to a multiple of 8, as
    in the authors' code and torchvision.
    """
    bottlenecks = []
    for kernel, hidden, width, has_squeeze, activation, stride in _V3_LARGE:
        squeeze = make_divisible(hidden / 4) if has_squeeze else 0
        bottlenecks.append(BottleneckRow(kernel, hidden, width, stride, activation, squeeze))
    return MobileNetTable(
        stem=16,
        bottlenecks=tuple(bottlenecks),
        head=960,
        features=1280,
        activation="hardswish",
        norm_eps=1e-3,
        dropout=0.2,
    )


# DeiT-Tiny without distillation: Touvron et al., ICML 2021, arXiv 2012.12877, Table 1.
TABLES: dict[str, MobileNetTable | VisionTransformerTable] = {
    "mobilenet_v2": _mobilenet_v2(),
    "mobilenet_v3_large": _mobilenet_v3_large(),
    "deit_tiny": VisionTransformerTable(
        patch=16, dim=192, depth=12, heads=3, ffn_dim=768, norm_eps=1e-6
    ),
}
