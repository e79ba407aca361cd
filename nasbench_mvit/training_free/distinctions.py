"""Scores from how differently a network answers images: NASWOT, jacob_cov.

Axes: N images, U units, F numbers of an image.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from nasbench_mvit.models.layers import ConvNormAct, TransformerLayer

Hook = Callable[[nn.Module, object, Tensor], None]

EPSILON = 1e-5  # of Mellor et al., keeps the logarithm finite


def naswot(model: nn.Module, images: Tensor) -> float:
    """Return log |K|, where K counts the units at which the codes of two images agree.

    Mellor et al., "Neural Architecture Search without Training" (ICML 2021), eq. 2. There a unit's
    bit says whether its ReLU is active. These networks use SiLU, so the bit is the sign of what
    enters an activation: after the normalisation of a convolution, and after the first linear
    layer of a feed-forward part. For a ReLU in its place that is the published code. Attention
    and layers without activation give no bits.

    Args:
        model: with batch normalisation in training mode.
        images: (N, 3, H, W), all at once.

    Returns:
        Minus infinity where two images have the same code.
    """
    agreeing_NN = torch.zeros(len(images), len(images), dtype=torch.float64)

    def count(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        signs_NU = torch.where(_by_image(output, len(images)) > 0, 1.0, -1.0)
        # The product is what agrees less what differs; sums of ±1 are exact in float32.
        agreeing_NN.add_((signs_NU @ signs_NU.T).add_(signs_NU.shape[1]).div_(2))

    with _hooked(model, count), torch.no_grad():
        model(images)
    return float(torch.linalg.slogdet(agreeing_NN).logabsdet)


def jacob_cov(model: nn.Module, images: Tensor) -> float:
    """Return −Σ [log(σ + k) + 1 / (σ + k)] over the eigenvalues σ of a correlation matrix.

    It is that between images of the gradient of the summed logits by the pixels. Mellor et al.
    (2020, the first version of NASWOT, arXiv 2006.04647v1), k = ``EPSILON``.

    Args:
        model: with batch normalisation in training mode.
        images: (N, 3, H, W).
    """
    pixels = images.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(pixels).sum(), pixels)
    correlations_NN = torch.corrcoef(gradient.flatten(1).double())
    if not torch.isfinite(correlations_NN).all():
        return float("nan")  # an image whose gradient is constant has no correlation
    shifted_N = torch.linalg.eigvalsh(correlations_NN).clamp(min=0) + EPSILON
    return -float((shifted_N.log() + 1 / shifted_N).sum())


def _by_image(output: Tensor, num_images: int) -> Tensor:
    """Return what enters an activation as (N, U).

    Tokens come as (P·N, M, D), image after image within each position of a patch.
    """
    if output.dim() == 3:
        output = output.reshape(-1, num_images, *output.shape[1:]).transpose(0, 1)
    return output.flatten(1)


@contextmanager
def _hooked(model: nn.Module, hook: Hook) -> Iterator[None]:
    """Show a hook whatever enters an activation."""
    handles = [module.register_forward_hook(hook) for module in _before_activations(model)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _before_activations(model: nn.Module) -> Iterator[nn.Module]:
    for module in model.modules():
        if isinstance(module, ConvNormAct) and not module.linear:
            yield module.norm
        elif isinstance(module, TransformerLayer):
            yield module.ffn_expand
