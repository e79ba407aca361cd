"""Fuses batch normalisations into convolutions, for faster inference."""

import copy

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from nasbench_mvit.models.layers import ConvNormAct


def fuse_norms(model: nn.Module) -> nn.Module:
    """Return a copy for inference in which each batch normalisation is part of its convolution.

    The convolution gets the scale, and the shift as a bias. The logits are those of
    ``model.eval()`` up to rounding; the copy cannot be trained, and the names of its weights
    differ: save those of ``model``.

    Args:
        model: ``build_model(...)`` with trained weights, in any mode; it is not changed.
    """
    fused = copy.deepcopy(model).eval().requires_grad_(requires_grad=False)
    for unit in fused.modules():
        if isinstance(unit, ConvNormAct) and isinstance(unit.norm, nn.BatchNorm2d):
            unit.conv = fuse_conv_bn_eval(unit.conv, unit.norm)
            unit.norm = nn.Identity()
    return fused
