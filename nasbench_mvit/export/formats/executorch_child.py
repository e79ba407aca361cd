"""The part of the ExecuTorch export that runs in a process of its own.

Lowering takes a minute and much memory, and its libraries change settings of the process they are
loaded in. ``executorch`` starts this module with a task and a folder that holds what it needs.

Axes: B sequences, A attention heads, P = B·A, N tokens, K width of a head.
"""

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.answers import FloatArray, joined
from nasbench_mvit.export.check import Samples, one_by_one
from nasbench_mvit.export.interface import input_shape
from nasbench_mvit.export.network import InHalf, deployed
from nasbench_mvit.models.weights.checkpoint import load_model

WEIGHTS: Final = "model.safetensors"
CANVASES: Final = "canvases.npy"
LOGITS: Final = "logits.npy"
PROGRAM: Final = "model.pte"
LOWERING: Final = "lowering.json"

ATTENTION = torch.ops.aten.scaled_dot_product_attention.default


def main(task: str, folder: Path, argument: str) -> None:
    """Do a task: "lower" in the precision ``argument``, or "run" at the resolution ``argument``."""
    if task == "lower":
        _lower(folder, argument)
    else:
        _run(folder, int(argument))


@dataclass(frozen=True)
class Lowered:
    """A program, with the number of calls of each operator inside and outside XNNPACK."""

    program: bytes
    counts: dict[str, dict[str, int]]


def _lower(folder: Path, precision: str) -> None:
    """Write the program, and the part of it that XNNPACK runs."""
    model, spec = load_model(folder / WEIGHTS)
    if precision == "fp16":
        model = InHalf(model)
    elif precision == "int8":
        samples = Samples(canvases=np.load(folder / CANVASES), labels=None)
        model = _quantised(model, spec, samples)
    lowered = lower(model, spec)
    (folder / LOWERING).write_text(json.dumps(lowered.counts))
    (folder / PROGRAM).write_bytes(lowered.program)


def lower(model: nn.Module, spec: MobileViTSpec) -> Lowered:
    """Lower a network, of whatever precision, to XNNPACK in this process."""
    from executorch.backends.xnnpack import XnnpackPartitioner  # noqa: PLC0415 - slow to load
    from executorch.exir import to_edge_transform_and_lower  # noqa: PLC0415

    with torch.no_grad():
        exported = torch.export.export(deployed(model, spec), (torch.zeros(input_shape(spec, 1)),))
    lowered = to_edge_transform_and_lower(
        exported.run_decompositions({ATTENTION: _explicit_attention}),
        partitioner=[XnnpackPartitioner()],
    )
    counts = _count(lowered.exported_program().graph_module)
    return Lowered(program=bytes(lowered.to_executorch().buffer), counts=counts)


def _explicit_attention(
    q_BANK: Tensor,
    k_BANK: Tensor,
    v_BANK: Tensor,
    attn_mask: None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,  # noqa: FBT001, FBT002
    *,
    scale: float,
    enable_gqa: bool = False,
) -> Tensor:
    """Attend as the models do: no mask, no dropout.

    Left to torch, a softmax that guards against rows without any token comes out, of which XNNPACK
    takes only parts.
    """
    del attn_mask, dropout_p, is_causal, enable_gqa
    q_PNK, k_PNK, v_PNK = (part.flatten(0, 1) for part in (q_BANK, k_BANK, v_BANK))
    weights_PNN = torch.softmax(torch.bmm(q_PNK * scale, k_PNK.transpose(1, 2)), -1)
    return torch.bmm(weights_PNN, v_PNK).reshape(q_BANK.shape)


def _quantised(model: nn.Module, spec: MobileViTSpec, samples: Samples) -> nn.Module:
    """Return the model with 8-bit weights and activations, whose ranges ``samples`` set."""
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (  # noqa: PLC0415
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e.quantize_pt2e import (  # noqa: PLC0415
        convert_pt2e,
        prepare_pt2e,
    )

    quantizer = XNNPACKQuantizer()
    quantizer.set_global(get_symmetric_quantization_config(is_per_channel=True))
    with torch.no_grad():
        exported = torch.export.export(model, (torch.zeros(input_shape(spec, 1)),))
        observed = prepare_pt2e(exported.module(), quantizer)
        for image in samples.at(spec.resolution):
            observed(torch.from_numpy(image))
    converted: nn.Module = convert_pt2e(observed)
    return converted


def _count(graph_module: Any) -> dict[str, dict[str, int]]:
    """Return the counts of each operator inside XNNPACK's parts, and outside of them."""
    parts = [
        getattr(graph_module, node.target).original_module.graph_module
        for node in graph_module.graph.nodes
        if node.op == "get_attr" and "lowered_module" in str(node.target)
    ]
    return {"delegated": _operators(*parts), "left": _operators(graph_module)}


def _operators(*graph_modules: Any) -> dict[str, int]:
    """Return the calls of each operator; views and copies of memory do not count."""
    names = Counter(
        node.target._schema.name.partition("::")[2]  # noqa: SLF001 - the only way to the name
        for graph_module in graph_modules
        for node in graph_module.graph.nodes
        if node.op == "call_function" and hasattr(node.target, "_schema")
    )
    return dict(sorted(names.items()))


def _run(folder: Path, resolution: int) -> None:
    """Write the answers to all canvases."""
    from executorch.runtime import Runtime  # noqa: PLC0415 - slow to load

    method = Runtime.get().load_program(folder / PROGRAM).load_method("forward")
    if method is None:
        raise ValueError(f"{PROGRAM} has no method 'forward'")

    def run(image: FloatArray) -> FloatArray:
        return joined([np.asarray(part) for part in method.execute([torch.from_numpy(image)])])

    samples = Samples(canvases=np.load(folder / CANVASES), labels=None)
    np.save(folder / LOGITS, one_by_one(run)(samples, resolution))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
