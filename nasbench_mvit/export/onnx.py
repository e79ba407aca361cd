"""One network as an ONNX file; ``interface`` says what the file takes and gives.

The exporter through TorchScript takes about a second where torch's newer one takes ten, and for a
network of static shapes it writes the same graph. Written twice, a network gives the same bytes.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.check import FloatArray, Runtime, Samples, one_by_one
from nasbench_mvit.export.extras import load_extra
from nasbench_mvit.export.interface import (
    INPUT,
    METADATA_KEY,
    OUTPUT,
    Classes,
    Precision,
    describe,
    input_shape,
)
from nasbench_mvit.export.network import InHalf, Network
from nasbench_mvit.export.onnx_file import EXTRA, onnx_library, save
from nasbench_mvit.export.onnx_int8 import quantised

OPSET = 17  # the first with LayerNormalization
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
    save(path, _proto(model, spec, batch_size, classes))


def export_onnx(path: Path, network: Network, precision: Precision, calibration: Samples) -> None:
    """Write a network in any precision.

    Args:
        path: the file; replaced if it exists.
        network: what to write.
        precision: of weights and arithmetic; input and output are float32 in all.
        calibration: images that set the ranges of 8-bit activations.

    Raises:
        ExportError: a library is not installed.
        OSError: the file cannot be written.
    """
    model = InHalf(network.model) if precision == "fp16" else network.model
    proto = _proto(model, network.spec, 1, network.classes)
    if precision == "int8":
        proto = quantised(proto, calibration, network.spec.resolution)
    save(path, proto)


def open_onnx(path: Path) -> Runtime:
    """Return a runner of the file on this machine's processor.

    Raises:
        ExportError: the library onnxruntime is not installed.
    """
    onnxruntime = load_extra("onnxruntime", EXTRA)
    session = onnxruntime.InferenceSession(path, providers=[CPU])

    def run(image: FloatArray) -> FloatArray:
        (logits,) = session.run([OUTPUT], {INPUT: image})
        return np.asarray(logits)

    return Runtime(name=f"onnxruntime {onnxruntime.__version__} ({CPU})", run=one_by_one(run))


def _proto(model: nn.Module, spec: MobileViTSpec, batch_size: int, classes: Classes | None) -> Any:
    onnx = onnx_library()
    content = io.BytesIO()
    with _without_notices(), torch.no_grad():
        torch.onnx.export(
            model,
            (torch.zeros(input_shape(spec, batch_size)),),
            content,  # type: ignore[arg-type]  # a file is taken, though not announced
            dynamo=False,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=[OUTPUT],
        )
    proto = onnx.load_model_from_string(content.getvalue())
    onnx.helper.set_model_props(proto, {METADATA_KEY: describe(spec, classes)})
    return proto


@contextmanager
def _without_notices() -> Iterator[None]:
    with warnings.catch_warnings():
        for notice in _NOTICES:
            warnings.filterwarnings("ignore", notice, DeprecationWarning)
        yield
