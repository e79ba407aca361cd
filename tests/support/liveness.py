"""The peak of activation memory of a traced network, to hold closed formulas against."""

import operator
from typing import Any

import pytest
import torch
from torch import Tensor, fx
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn import functional

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.inference import fuse_norms
from nasbench_mvit.models.mobilevit import build_model

COPIED = ("aten::split", "aten::split_with_sizes")  # views here, not in runtimes
IN_PLACE = ("aten::add",)


def peak_bytes(spec: MobileViTSpec) -> int:
    """Trace ``spec`` for one image and return the most bytes that are alive at one node.

    Views share their base, an addition works in place, all else writes anew. The image stays.
    """
    model = fuse_norms(build_model(spec, 10).eval()).to("meta")
    image = torch.empty(1, 3, spec.resolution, spec.resolution, device="meta")
    with torch.no_grad(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(functional, "scaled_dot_product_attention", _attention)
        graph = make_fx(model, tracing_mode="real")(image).graph
    return _peak(graph, 4 * image.numel())


def _attention(q: Tensor, k: Tensor, v: Tensor, *, scale: float) -> Tensor:
    return torch.softmax(q * scale @ k.transpose(-1, -2), -1) @ v


def _peak(graph: fx.Graph, image_bytes: int) -> int:
    nodes = [node for node in graph.nodes if node.op == "call_function"]
    base: dict[fx.Node, fx.Node] = {}
    for node in nodes:
        source = _shared(node)
        base[node] = node if source is None else base.get(source, node)
    last = {base[source]: step for step, node in enumerate(nodes)
            for source in (*node.all_input_nodes, node) if source in base}  # fmt: skip
    alive: dict[fx.Node, int] = {}
    peak = 0
    for step, node in enumerate(nodes):
        if base[node] is node:
            alive[node] = _bytes(node.meta["val"])
        peak = max(peak, sum(alive.values()))
        alive = {owner: size for owner, size in alive.items() if last[owner] > step}
    return image_bytes + peak


def _shared(node: fx.Node) -> fx.Node | None:
    """Return the node whose memory ``node`` uses, None where it writes to its own."""
    if node.target is operator.getitem or isinstance(node.target, type):  # a named tuple of views
        return node.all_input_nodes[0]
    schema = node.target._schema  # type: ignore[union-attr]
    aliases = any(result.alias_info is not None for result in schema.returns)
    if schema.name in COPIED or not (aliases or schema.name in IN_PLACE):
        return None
    sources = [source for source in node.all_input_nodes if source.op == "call_function"]
    return sources[-1] if sources else None


def _bytes(value: Any) -> int:
    values = value if isinstance(value, tuple | list) else [value]
    return sum(4 * part.numel() for part in values if isinstance(part, Tensor))
