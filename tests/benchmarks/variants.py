"""Other ways to compute the same network, to be compared with the way the builder has chosen.

Axes as in ``nasbench_mvit.models.layers``.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.models.layers import ConvNormAct, SelfAttention


@dataclass(frozen=True)
class Variant:
    """A change to the network, and what surrounds its use."""

    change: Callable[[nn.Module], nn.Module]
    context: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext


class PointwiseAsLinear(nn.Conv2d):
    """A 1×1 convolution as a matrix product over the channels, which lie last in memory."""

    def forward(self, x_BCHW: Tensor) -> Tensor:
        weight = self.weight.view(self.out_channels, self.in_channels)
        y_BHWC = functional.linear(x_BCHW.permute(0, 2, 3, 1), weight, self.bias)
        return y_BHWC.permute(0, 3, 1, 2)


class LinearAsPointwise(nn.Linear):
    """A linear layer as a 1×1 convolution, for oneDNN instead of the BLAS library."""

    def forward(self, x_SND: Tensor) -> Tensor:
        x_1DSN = x_SND.reshape(1, -1, 1, self.in_features).permute(0, 3, 1, 2)
        y_1DSN = functional.conv2d(x_1DSN, self.weight[:, :, None, None], self.bias)
        return y_1DSN.permute(0, 2, 3, 1).reshape(*x_SND.shape[:-1], self.out_features)


class _SiLUKeepingSigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        sigmoid = torch.sigmoid(x)
        y = x * sigmoid
        ctx.save_for_backward(sigmoid, y)
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        sigmoid, y = ctx.saved_tensors
        return torch.addcmul(sigmoid + y, y, sigmoid, value=-1).mul_(gradients[0])


class KeepingSigmoid(ConvNormAct):
    """The backward pass of SiLU without another exponential, for more memory."""

    def forward(self, x_BCHW: Tensor) -> Tensor:
        y_BCHW: Tensor = self.norm(self.conv(x_BCHW))
        if self.linear:
            return y_BCHW
        activated: Tensor = _SiLUKeepingSigmoid.apply(y_BCHW)  # type: ignore[no-untyped-call]
        return activated


class ActivatingInPlace(ConvNormAct):
    """SiLU over its own input."""

    def forward(self, x_BCHW: Tensor) -> Tensor:
        y_BCHW: Tensor = self.norm(self.conv(x_BCHW))
        return y_BCHW if self.linear else functional.silu(y_BCHW, inplace=True)


class ExplicitAttention(SelfAttention):
    """Scores, softmax and weighted sum as three operations."""

    def forward(self, x_SND: Tensor) -> Tensor:
        sequences, num_tokens, dim = x_SND.shape
        heads_SNAK = (sequences, num_tokens, self.heads, dim // self.heads)
        q_SANK, k_SANK, v_SANK = (
            part_SND.reshape(heads_SNAK).transpose(1, 2)
            for part_SND in self.qkv(x_SND).chunk(3, -1)
        )
        scale = (dim // self.heads) ** -0.5
        weights_SANN = (q_SANK * scale @ k_SANK.transpose(2, 3)).softmax(-1)
        y_SND: Tensor = self.proj((weights_SANN @ v_SANK).transpose(1, 2).reshape(x_SND.shape))
        return y_SND


def _replace(old: type[nn.Module], new: type[nn.Module], model: nn.Module) -> nn.Module:
    """Turn all modules of one class into another of the same state."""
    for module in model.modules():
        if type(module) is old and getattr(module, "kernel_size", (1, 1)) == (1, 1):
            module.__class__ = new
    return model


@contextlib.contextmanager
def _denormals_flushed() -> Iterator[None]:
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _same(model: nn.Module) -> nn.Module:
    return model


POINTWISE = Variant(partial(_replace, nn.Conv2d, PointwiseAsLinear))
COMMON = {
    "1×1 convolutions as linear layers": POINTWISE,
    "linear layers as 1×1 convolutions": Variant(partial(_replace, nn.Linear, LinearAsPointwise)),
    "explicit attention": Variant(partial(_replace, SelfAttention, ExplicitAttention)),
    "bfloat16 autocast": Variant(_same, partial(torch.autocast, "cpu", torch.bfloat16)),
    "denormals flushed to zero": Variant(_same, _denormals_flushed),
}
TRAINING = COMMON | {
    "SiLU keeping its sigmoid": Variant(partial(_replace, ConvNormAct, KeepingSigmoid)),
}
INFERENCE = COMMON | {
    "SiLU in place": Variant(partial(_replace, ConvNormAct, ActivatingInPlace)),
}
