"""One network as an ONNX file; ``interface`` says what the file takes and gives.

In 8 bits convolutions, matrix products and the classifier compute with 8-bit weights, one scale for
each output channel, and 8-bit activations, whose ranges are those that calibration images reach.
Everything else (normalisation, SiLU, softmax) stays in float32: it takes little of the time, and in
8 bits most of the error.

The exporter through TorchScript takes about a second where torch's newer one takes ten, and for a
network of static shapes it writes the same graph. Written twice, a network gives the same bytes.
"""

import io
import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.answers import FloatArray, joined
from nasbench_mvit.export.check import Runtime, Samples, one_by_one
from nasbench_mvit.export.extras import load_extra
from nasbench_mvit.export.formats.contract import IN_FULL, IN_HALF, Format, Notes
from nasbench_mvit.export.formats.partition import of_qnn
from nasbench_mvit.export.interface import (
    INPUT,
    METADATA_KEY,
    OUTPUTS,
    Classes,
    Precision,
    describe,
    input_shape,
)
from nasbench_mvit.export.network import InHalf, Network, deployed
from nasbench_mvit.io.atomic import atomic_write

EXTRA = "onnx"
OPSET = 17  # the first with LayerNormalization
EIGHT_BIT = ("Conv", "MatMul", "Gemm")
CPU = "CPUExecutionProvider"

# Notices of torch's about the exporter chosen here, not about the network.
_NOTICES = (
    "You are using the legacy TorchScript-based ONNX export",
    "The feature will be removed. Please remove usage of this function",
)


def write_onnx(
    path: Path,
    model: nn.Module,
    spec: MobileViTSpec,
    *,
    batch_size: int = 1,
    classes: Classes | None = None,
) -> None:
    """Write a network in float32 as one ONNX file, whole or not at all.

    Args:
        path: the file, usually ``*.onnx``; replaced if it exists.
        model: ``build_model(spec, ...)`` on the CPU; its mode (training or not) stays as it is.
        spec: the network; its resolution is the file's, and its JSON stands in the metadata.
        batch_size: images per run.
        classes: what the logits mean, also for the metadata.

    Raises:
        ExportError: the library onnx is not installed.
        OSError: the file cannot be written.
    """
    _save(path, _proto(model, spec, batch_size, classes))


def export_onnx(path: Path, network: Network, precision: Precision, calibration: Samples) -> None:
    """Write a network in any precision.

    Args:
        path: the file; replaced if it exists.
        network: what to write.
        precision: number format of weights and arithmetic; input and output are always float32.
        calibration: images that set the ranges of 8-bit activations.

    Raises:
        ExportError: a library is not installed.
        OSError: the file cannot be written.
    """
    model = InHalf(network.model) if precision == "fp16" else network.model
    proto = _proto(model, network.spec, 1, network.classes)
    if precision == "int8":
        proto = _quantised(proto, calibration, network.spec.resolution)
    _save(path, proto)


def open_onnx(path: Path) -> Runtime:
    """Return a runner of the file on this machine's processor.

    Raises:
        ExportError: the library onnxruntime is not installed.
    """
    onnxruntime = load_extra("onnxruntime", EXTRA)
    session = onnxruntime.InferenceSession(path, providers=[CPU])

    def run(image: FloatArray) -> FloatArray:
        return joined([np.asarray(part) for part in session.run(None, {INPUT: image})])

    return Runtime(name=f"onnxruntime {onnxruntime.__version__} ({CPU})", run=one_by_one(run))


def _proto(model: nn.Module, spec: MobileViTSpec, batch_size: int, classes: Classes | None) -> Any:
    onnx = load_extra("onnx", EXTRA)
    load_extra("onnx.reference", EXTRA)
    content = io.BytesIO()
    with _without_notices(), torch.no_grad():
        torch.onnx.export(
            deployed(model, spec),
            (torch.zeros(input_shape(spec, batch_size)),),
            content,  # type: ignore[arg-type]  # a file is taken, though not announced
            dynamo=False,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=list(OUTPUTS[spec.task]),
        )
    proto = onnx.load_model_from_string(content.getvalue())
    _fold_shapes(onnx, proto)
    onnx.helper.set_model_props(proto, {METADATA_KEY: describe(spec, classes)})
    return proto


def _fold_shapes(onnx: Any, proto: Any) -> None:
    """Replace what the exporter computes from shapes, for group norms and resizes, by constants.

    Constants that nothing reads any more are dropped: ONNX Runtime warns of each.
    """
    inferred = onnx.shape_inference.infer_shapes(proto, data_prop=True).graph.value_info
    shapes = {v.name: [side.dim_value for side in v.type.tensor_type.shape.dim] for v in inferred}
    known: dict[str, NDArray[np.int64]] = {}
    for node in proto.graph.node:
        if node.op_type == "Constant":
            known[node.output[0]] = onnx.numpy_helper.to_array(node.attribute[0].t)
            continue
        if node.op_type == "Shape":
            value = np.array(shapes[node.input[0]], dtype=np.int64)
        elif node.op_type in ("Slice", "Concat") and all(name in known for name in node.input):
            run = onnx.reference.ReferenceEvaluator(node).run
            (value,) = run(None, {name: known[name] for name in node.input})
        else:
            continue
        known[node.output[0]] = value
        tensor = onnx.numpy_helper.from_array(value)
        constant = onnx.helper.make_node("Constant", [], node.output, node.name, value=tensor)
        node.CopyFrom(constant)
    read = {name for node in proto.graph.node for name in node.input}
    for node in [
        n for n in proto.graph.node if n.op_type == "Constant" and n.output[0] not in read
    ]:
        proto.graph.node.remove(node)


@contextmanager
def _without_notices() -> Iterator[None]:
    with warnings.catch_warnings():
        for notice in _NOTICES:
            warnings.filterwarnings("ignore", notice, DeprecationWarning)
        yield


def _save(path: Path, proto: Any) -> None:
    """Write a ``ModelProto``, whole or not at all; equal ones give equal bytes."""
    with atomic_write(path) as file:
        file.write(proto.SerializeToString(deterministic=True))


def _quantised(proto: Any, calibration: Samples, resolution: int) -> Any:
    """Return a float32 ``ModelProto`` in 8 bits; its metadata stay."""
    onnx = load_extra("onnx", EXTRA)
    quantization = load_extra("onnxruntime.quantization", EXTRA)
    prepare = load_extra("onnxruntime.quantization.shape_inference", EXTRA).quant_pre_process
    with tempfile.TemporaryDirectory() as folder, _quiet():
        prepared, done = Path(folder, "prepared.onnx"), Path(folder, "int8.onnx")
        prepare(proto, prepared, skip_symbolic_shape=True)  # all shapes are constants
        quantization.quantize_static(
            prepared,
            done,
            _Reader(calibration, resolution),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=list(EIGHT_BIT),
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
        result = onnx.load(done)
    onnx.helper.set_model_props(result, {prop.key: prop.value for prop in proto.metadata_props})
    return result


class _Reader:
    """Hands calibration images to onnxruntime, which asks for them one by one."""

    def __init__(self, samples: Samples, resolution: int) -> None:
        self._images = samples.at(resolution)

    def get_next(self) -> dict[str, FloatArray] | None:
        """Return the next input, None after the last."""
        image = next(self._images, None)
        return None if image is None else {INPUT: image}

    def __iter__(self) -> Iterator[dict[str, FloatArray]]:
        return iter(self.get_next, None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what the quantiser logs of its own defaults."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)


def _write(folder: Path, network: Network, precision: Precision, images: Samples) -> Notes:
    export_onnx(folder / "model.onnx", network, precision, images)
    return ()


FORMAT = Format(
    title="ONNX",
    files=("model.onnx",),
    extra=EXTRA,
    packages=("onnx", "onnxruntime"),
    precisions={
        "fp32": IN_FULL,
        "fp16": IN_HALF,
        "int8": "convolutions and matrix products with 8-bit weights, one scale for each "
        "output channel, and 8-bit activations in ranges set by calibration images (static, "
        "QDQ); the rest in float32",
    },
    partition=of_qnn,
    write=_write,
    open=open_onnx,
)
