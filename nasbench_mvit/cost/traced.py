"""Counts a network's costs from the torch module, to verify the closed formulas.

fvcore traces one forward pass; its "flops" are multiply-adds. Only what our convention counts
(see ``analytic``) has a handler here: fvcore's own for normalisation, pooling and resizing are
dropped, and the one it lacks, for ``scaled_dot_product_attention``, is added. Without it QKᵀ and
AV would be missing and the patch size would appear to cost nothing. Every operator without a
handler is named in the result.
"""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.cost.layer import IMAGE_CHANNELS
from nasbench_mvit.models.networks import build_network

with warnings.catch_warnings():  # fvcore scripts a loss that is not used here
    warnings.filterwarnings("ignore", "`torch.jit.script`", DeprecationWarning)
    from fvcore.nn import FlopCountAnalysis, jit_handles

# Operators of a MobileViT that the convention does not count. fvcore drops most operators that only
# change shapes.
UNCOUNTED = frozenset(
    {
        "aten::add",
        "aten::amax",
        "aten::batch_norm",
        "aten::div",
        "aten::exp",
        "aten::feature_dropout",
        "aten::group_norm",
        "aten::layer_norm",
        "aten::mean",
        "aten::mul",
        "aten::relu",
        "aten::silu",
        "aten::sub",
        "aten::sum",
        "aten::unflatten",
        "aten::upsample_bilinear2d",
    }
)
# Further operators of rivals.
UNCOUNTED_IN_RIVALS = frozenset(
    {
        "aten::gelu",
        "aten::hardsigmoid",
        "aten::hardswish",
        "aten::relu6",
        "aten::upsample_bicubic2d",
    }
)


@dataclass(frozen=True, slots=True)
class TracedCosts:
    """The costs of a module for one image, in the convention of ``analytic``.

    Attributes:
        params: number of elements of the module's parameters.
        macs: number of multiply-adds.
        uncounted: operators that ran and have no handler; ``UNCOUNTED`` are expected.
    """

    params: int
    macs: int
    uncounted: frozenset[str]


def trace_costs(
    spec: Network, resolution: int | None = None, num_classes: int | None = None
) -> TracedCosts:
    """Build ``spec`` and trace it at ``resolution`` pixels, by default the spec's own."""
    with torch.device("meta"):  # initialising weights would take longer than the trace
        model = build_network(spec, num_classes)
    model.to_empty(device="cpu")
    return trace_module(model, spec.resolution if resolution is None else resolution)


def trace_module(model: nn.Module, resolution: int) -> TracedCosts:
    """Trace any image network, on the device of its parameters, for one RGB image.

    Args:
        model: the module; its training mode is kept.
        resolution: side of the input in pixels.
    """
    parameters = list(model.parameters())
    shape = (1, IMAGE_CHANNELS, resolution, resolution)
    image = torch.zeros(shape, device=parameters[0].device)
    training = model.training
    model.eval()
    analysis = FlopCountAnalysis(model, image).clear_op_handles().set_op_handle(**_HANDLES)
    analysis.unsupported_ops_warnings(enabled=False)  # they are returned instead
    try:
        macs = analysis.total()
    finally:
        model.train(training)
    return TracedCosts(
        params=sum(parameter.numel() for parameter in parameters),
        macs=int(macs),
        uncounted=frozenset(analysis.unsupported_ops()),
    )


def _attention_macs(inputs: list[Any], _outputs: list[Any]) -> int:
    """Return the multiply-adds of QKᵀ and AV: query (…, M, K), key (…, N, K), value (…, N, V)."""
    *batch, queries, width = jit_handles.get_shape(inputs[0])
    keys, value_width = jit_handles.get_shape(inputs[2])[-2:]
    macs: int = math.prod(batch) * queries * keys * (width + value_width)
    return macs


_HANDLES = {
    "aten::_convolution": jit_handles.conv_flop_jit,
    "aten::linear": jit_handles.linear_flop_jit,
    "aten::addmm": jit_handles.addmm_flop_jit,
    "aten::bmm": jit_handles.bmm_flop_jit,
    "aten::matmul": jit_handles.matmul_flop_jit,
    "aten::einsum": jit_handles.einsum_flop_jit,
    "aten::scaled_dot_product_attention": _attention_macs,
}
