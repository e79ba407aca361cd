"""Synflow: how much flows through a network's weights, whatever the images.

Axes: S sequences, N tokens, D token width.
"""

import math

import torch
from torch import Tensor, nn

from nasbench_mvit.models.layers import ConvNormAct, SelfAttention, TransformerLayer
from nasbench_mvit.training_free.untrained import weights

CHANNELS = 3


def synflow(model: nn.Module, input_size: int) -> float:
    """Return log Σ θ · ∂R/∂θ, where R is the sum of the outputs for an image of ones.

    Tanaka et al., "Pruning neural networks without any data by iteratively conserving synaptic
    flow" (NeurIPS 2020), eq. 4, summed over all weights. There a network is convolutions, linear
    layers and ReLU, and with |θ| and an image of ones its ReLUs let all pass: it is linear, so each
    of its layers in sequence has the same sum, R. To keep that here, what is not linear is replaced
    by what it is at equal, positive inputs: SiLU and normalisations by the identity, as usual for
    batch normalisation, and attention by the mean over tokens, which is its value where all scores
    are equal. Queries and keys then carry no flow. In double precision, for R grows with a power
    of the depth; the logarithm changes no rank.

    Args:
        model: is changed and worth nothing afterwards.
        input_size: side of the image.
    """
    linearise(model)
    model.double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.abs_()
    ones = torch.ones(1, CHANNELS, input_size, input_size, dtype=torch.float64)
    layers = weights(model)
    flows = torch.autograd.grad(model(ones).sum(), layers)
    total = sum((flow * weight).sum().item() for flow, weight in zip(flows, layers, strict=True))
    return math.log(total)


class MeanAttention(nn.Module):
    """Self-attention whose scores are all equal: every token gets the mean of the values."""

    def __init__(self, attention: SelfAttention) -> None:
        """Share the weights of an attention."""
        super().__init__()
        self.qkv = attention.qkv
        self.proj = attention.proj

    def forward(self, x_SND: Tensor) -> Tensor:
        """Return (S, N, D)."""
        value_SND = self.qkv(x_SND).chunk(3, -1)[2]
        y_SND: Tensor = self.proj(value_SND.mean(1, keepdim=True).expand_as(value_SND))
        return y_SND


def linearise(model: nn.Module) -> None:
    """Replace normalisations, activations and the softmax of a network by linear maps."""
    for module in list(model.modules()):
        if isinstance(module, ConvNormAct | TransformerLayer):
            module.activation = _identity
        for name, child in list(module.named_children()):
            if isinstance(child, nn.BatchNorm2d | nn.LayerNorm):
                setattr(module, name, nn.Identity())
            elif isinstance(child, SelfAttention):
                setattr(module, name, MeanAttention(child))


def _identity(x: Tensor) -> Tensor:
    return x
