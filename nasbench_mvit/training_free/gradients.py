"""Scores from the gradient of the loss: gradient norm, SNIP, ZiCo.

The layers are those of ``untrained.weights``. Axes: T batches, P weights of a layer.
"""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from nasbench_mvit.training.stream import Batch
from nasbench_mvit.training_free.untrained import loss_of, weights

Gradients = Sequence[Tensor]


def gradients(model: nn.Module, batch: Batch) -> Gradients:
    """Return the gradient of the loss of a batch by the weights of each layer."""
    return torch.autograd.grad(loss_of(model, batch), weights(model))


def grad_norm(found: Gradients) -> float:
    """Return the sum over layers of the Euclidean norm of the gradient.

    Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS" (ICLR 2021), §3.
    """
    return math.fsum(gradient.norm().item() for gradient in found)


def snip(found: Gradients, of_weights: Iterable[Tensor]) -> float:
    """Return Σ |∂L/∂θ · θ| over all weights.

    Lee et al., "SNIP" (ICLR 2019), summed over a network as Abdelfattah et al. (2021) do.
    """
    pairs = zip(found, of_weights, strict=True)
    return math.fsum((gradient * weight).abs().sum().item() for gradient, weight in pairs)


def zico(found: Sequence[Gradients]) -> float:
    """Return Σ_l log Σ_ω E|∇_ω| / √Var|∇_ω| over layers l and their weights ω.

    Li et al., "ZiCo" (ICLR 2023), the score as it is defined there: mean and variance of the
    absolute gradient over batches. (The authors' code takes the deviation of the signed one.)
    As in that code, a weight whose gradient does not vary is left out, and so is a layer of none
    but such.

    Args:
        found: the gradients of two batches or more.

    Raises:
        ValueError: there are fewer, so that nothing varies.
    """
    if len(found) < 2:
        raise ValueError(f"ZiCo needs two batches or more, got {len(found)}.")
    total = 0.0
    for layer_T in zip(*found, strict=True):
        absolute_TP = torch.stack([gradient.flatten().double() for gradient in layer_T]).abs()
        mean_P, deviation_P = absolute_TP.mean(0), absolute_TP.std(0, correction=0)
        varies_P = deviation_P > 0
        ratio = (mean_P[varies_P] / deviation_P[varies_P]).sum()
        if ratio > 0:
            total += ratio.log().item()
    return total
