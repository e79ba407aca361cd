"""One network as a LiteRT (formerly TensorFlow Lite) file, which XNNPACK runs on phones' CPUs."""

import tempfile
from importlib import metadata
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.answers import FloatArray
from nasbench_mvit.export.check import Runtime, Samples, one_by_one
from nasbench_mvit.export.extras import load_extra
from nasbench_mvit.export.formats import litert_child as child
from nasbench_mvit.export.formats.child_process import run_child
from nasbench_mvit.export.formats.contract import IN_FULL, Format, Notes
from nasbench_mvit.export.formats.litert_converter import find_converter
from nasbench_mvit.export.formats.partition import of_gpu_delegate
from nasbench_mvit.export.interface import Precision, input_shape
from nasbench_mvit.export.network import Network
from nasbench_mvit.io.atomic import atomic_write

EXTRA: Final = "litert"
RUNTIME: Final = "ai_edge_litert"


def export_litert(path: Path, network: Network, precision: Precision, calibration: Samples) -> str:
    """Write a network as a ``.tflite`` file; return the versions of what made it.

    Args:
        path: the file; replaced if it exists.
        network: what to write.
        precision: "fp32" or "int8"; input and output are always float32, channels first.
        calibration: images that set the ranges of 8-bit activations.

    Raises:
        ExportError: litert-torch is nowhere, or cannot convert the network.
        OSError: the file cannot be written.
    """
    images = [*calibration.at(network.spec.resolution)] if precision == "int8" else []
    return _write_file(path, network.model, network.spec, precision, images)


def write_litert(path: Path, model: nn.Module, spec: MobileViTSpec) -> None:
    """Write a network in float32 for timing; the arguments are those of ``write_onnx``."""
    _write_file(path, model, spec, "fp32", [])


def _write_file(
    path: Path,
    model: nn.Module,
    spec: MobileViTSpec,
    precision: Precision,
    images: list[FloatArray],
) -> str:
    with tempfile.TemporaryDirectory() as name, torch.no_grad():
        folder = Path(name)
        exported = torch.export.export(model, (torch.zeros(input_shape(spec, 1)),))
        torch.export.save(exported, folder / child.PROGRAM)
        if images:
            np.save(folder / child.IMAGES, np.concatenate(images))
        versions = _convert(folder, precision)
        with atomic_write(path) as file:
            file.write((folder / child.MODEL).read_bytes())
    return versions


def _convert(folder: Path, precision: str) -> str:
    """Convert the program in ``folder``; return the versions of what did, see ``litert_child``."""
    arguments = ["-P", str(child.__file__), str(folder), precision]
    failed = "could not convert the network"
    run_child(arguments, folder, library="litert-torch", failed=failed, python=find_converter())
    return (folder / child.VERSIONS).read_text()


def open_litert(path: Path) -> Runtime:
    """Return a runner of the file on this machine's processor.

    Raises:
        ExportError: the library ai-edge-litert is not installed.
    """
    interpreter = load_extra(f"{RUNTIME}.interpreter", EXTRA).Interpreter(str(path))
    interpreter.allocate_tensors()
    (image,), (logits,) = interpreter.get_input_details(), interpreter.get_output_details()

    def run(pixels: FloatArray) -> FloatArray:
        interpreter.set_tensor(image["index"], pixels)
        interpreter.invoke()
        return np.array(interpreter.get_tensor(logits["index"]))

    return Runtime(name=f"LiteRT {metadata.version(RUNTIME)} (XNNPACK)", run=one_by_one(run))


def _write(folder: Path, network: Network, precision: Precision, images: Samples) -> Notes:
    versions = export_litert(folder / child.MODEL, network, precision, images)
    return (f"converted by {versions}",)


FORMAT = Format(
    title="LiteRT",
    files=(child.MODEL,),
    extra=EXTRA,
    packages=(RUNTIME,),
    precisions={
        "fp32": IN_FULL,
        "int8": "convolutions and matrix products with 8-bit weights, one scale for each output "
        "channel, and 8-bit activations in ranges set by calibration images (static); the rest "
        "in float32",
    },
    partition=of_gpu_delegate,
    write=_write,
    open=open_litert,
    ready=find_converter,
    tasks=("classification",),
)
