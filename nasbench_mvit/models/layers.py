"""The layers of MobileViT and, with other activations, of its rivals.

Axes: B batch, C channels, H height, W width; S independent sequences, N tokens of a sequence,
D token width, A attention heads, K width of one head (D = A·K).
"""

import math
import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

IMAGE_CHANNELS = 3
BATCH_NORM_EPS = 1e-5
BATCH_NORM_MOMENTUM = 0.1
LAYER_NORM_EPS = 1e-5
INIT_STD = 0.02

Activation = Callable[[Tensor], Tensor]


class ConvNormAct(nn.Module):
    """Convolution without bias, batch normalisation and, unless ``linear``, an activation.

    The padding keeps H and W at stride 1.
    """

    def __init__(  # noqa: PLR0913 - all but three are optional
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        linear: bool = False,
        activation: Activation = functional.silu,
        norm_eps: float = BATCH_NORM_EPS,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel,
            stride=stride,
            padding=dilation * (kernel // 2),
            dilation=dilation,
            groups=groups,
            bias=False,
        )
        self.norm: nn.Module = nn.BatchNorm2d(
            out_channels, eps=norm_eps, momentum=BATCH_NORM_MOMENTUM
        )
        self.linear = linear
        self.activation = activation

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, out_channels, ⌈H/stride⌉, ⌈W/stride⌉)."""
        y_BCHW: Tensor = self.norm(self.conv(x_BCHW))
        return y_BCHW if self.linear else self.activation(y_BCHW)


class PixelLinear(nn.Conv2d):
    """A linear layer on the channels of every pixel: a 1×1 convolution that starts as one."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, 1)


class InvertedResidual(nn.Module):
    """The MV2 block: expand 1×1, depthwise 3×3, project 1×1 without activation (MobileNetV2).

    The input is added to the output iff the shapes agree: stride 1 and as many channels.
    """

    def __init__(
        self, in_channels: int, hidden: int, out_channels: int, *, stride: int, dilation: int = 1
    ) -> None:
        super().__init__()
        self.expand = ConvNormAct(in_channels, hidden, 1)
        self.depthwise = ConvNormAct(
            hidden, hidden, 3, stride=stride, dilation=dilation, groups=hidden
        )
        self.project = ConvNormAct(hidden, out_channels, 1, linear=True)
        self.residual = stride == 1 and in_channels == out_channels

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, out_channels, ⌈H/stride⌉, ⌈W/stride⌉)."""
        y_BCHW: Tensor = self.project(self.depthwise(self.expand(x_BCHW)))
        return x_BCHW + y_BCHW if self.residual else y_BCHW


def layer_norm(dim: int, eps: float = LAYER_NORM_EPS) -> nn.LayerNorm:
    """Return a layer normalisation over the ``dim`` features of each token."""
    return nn.LayerNorm(dim, eps=eps)


class SelfAttention(nn.Module):
    """Multi-head self-attention with one fused projection to query, key and value, with biases."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x_SND: Tensor) -> Tensor:
        """Attend within each of the S sequences; (S, N, D) in and out."""
        sequences, num_tokens, dim = static_shape(x_SND)
        heads_SNAK = (sequences, num_tokens, self.heads, dim // self.heads)
        q_SANK, k_SANK, v_SANK = (
            part_SND.reshape(heads_SNAK).transpose(1, 2)
            for part_SND in self.qkv(x_SND).split(dim, -1)
        )
        # The scale is torch's default, given here so that an exported graph does not compute it.
        scale = 1 / math.sqrt(dim // self.heads)
        y_SANK = functional.scaled_dot_product_attention(q_SANK, k_SANK, v_SANK, scale=scale)
        y_SND: Tensor = self.proj(y_SANK.transpose(1, 2).reshape(sequences, num_tokens, dim))
        return y_SND


class TransformerLayer(nn.Module):
    """Pre-norm transformer layer; SiLU in its feed-forward part is MobileViT's choice.

    Dropout acts after the attention projection and after the second feed-forward layer.
    """

    def __init__(
        self,
        dim: int,
        ffn_dim: int,
        heads: int,
        dropout: float,
        *,
        activation: Activation = functional.silu,
        norm_eps: float = LAYER_NORM_EPS,
    ) -> None:
        super().__init__()
        self.attention_norm = layer_norm(dim, norm_eps)
        self.attention = SelfAttention(dim, heads)
        self.ffn_norm = layer_norm(dim, norm_eps)
        self.ffn_expand = nn.Linear(dim, ffn_dim)
        self.ffn_reduce = nn.Linear(ffn_dim, dim)
        self.dropout = nn.Dropout(dropout)
        self.activation = activation

    def forward(self, x_SND: Tensor) -> Tensor:
        """Return (S, N, D)."""
        x_SND = x_SND + self.dropout(self.attention(self.attention_norm(x_SND)))
        hidden = self.activation(self.ffn_expand(self.ffn_norm(x_SND)))
        y_SND: Tensor = x_SND + self.dropout(self.ffn_reduce(hidden))
        return y_SND


def static_shape(x: Tensor) -> tuple[int, ...]:
    """Return the shape as plain integers, also under ``torch.jit.trace``.

    Tracing turns sizes into tensors and records the arithmetic on them, which Core ML's converter
    cannot fold; a network is traced for one input size, so its shapes are constants.
    """
    if not torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]
        return tuple(x.shape)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Converting a tensor to a Python integer")
        return tuple(int(side) for side in x.shape)


def initialise(module: nn.Module) -> None:
    """Initialise one module as ml-cvnets' released MobileViT configurations do.

    Convolutions are Kaiming-normal over the fan-out, linear layers truncated normal with
    standard deviation 0.02, biases zero; normalisations start as the identity. The linear layers of
    separable attention start as those of softmax attention, though they are convolutions.
    """
    if isinstance(module, nn.Linear | PixelLinear):
        nn.init.trunc_normal_(module.weight, std=INIT_STD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm):
        nn.init.ones_(module.weight)
        nn.init.zeros_(module.bias)
