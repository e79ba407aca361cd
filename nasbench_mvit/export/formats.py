"""The formats a network can be exported in: which precisions, which files, written and run how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.errors import ExportError, listed, unknown
from nasbench_mvit.export import coreml, executorch, onnx_file
from nasbench_mvit.export.check import Runtime, Samples
from nasbench_mvit.export.coreml import export_coreml
from nasbench_mvit.export.executorch import export_executorch, open_executorch
from nasbench_mvit.export.extras import require_extra
from nasbench_mvit.export.interface import Precision
from nasbench_mvit.export.network import Network
from nasbench_mvit.export.onnx import export_onnx, open_onnx
from nasbench_mvit.export.torch_program import export_torch, open_torch

Notes = tuple[str, ...]
Write = Callable[[Path, Network, Precision, Samples], Notes]

IN_FULL = "weights and arithmetic in float32"
IN_HALF = "weights and arithmetic in float16, input and output in float32"


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format.

    Attributes:
        title: its name, for people.
        files: names of what ``write`` leaves in the folder; the first is the network.
        extra: name of the extra it needs, None for none.
        packages: what that extra must have brought.
        precisions: what each precision means here.
        write: writes into a folder and says what is worth knowing of it.
        open: returns what runs the first file here, None where nothing does.
        unchecked: why nothing does.
        interface: what goes in and comes out, where it is not that of ``interface``.
    """

    title: str
    files: tuple[str, ...]
    extra: str | None
    packages: tuple[str, ...]
    precisions: dict[Precision, str]
    write: Write
    open: Callable[[Path], Runtime] | None
    unchecked: str = ""
    interface: str = ""


def _write_onnx(folder: Path, network: Network, precision: Precision, images: Samples) -> Notes:
    export_onnx(folder / "model.onnx", network, precision, images)
    return ()


def _write_coreml(folder: Path, network: Network, precision: Precision, _: Samples) -> Notes:
    export_coreml(folder / "model.mlpackage", network, precision)
    if precision == "fp32":
        return ("the Neural Engine computes in half precision: fp32 keeps off it, fp16 does not",)
    return ()


def _write_executorch(
    folder: Path, network: Network, precision: Precision, images: Samples
) -> Notes:
    lowering = export_executorch(folder / "model.pte", network, precision, images)
    warning = lowering.warning
    return (str(lowering),) if warning is None else (f"warning: {warning}", str(lowering))


def _write_torch(folder: Path, network: Network, precision: Precision, _: Samples) -> Notes:
    export_torch(folder / "model.pt2", folder / "model.safetensors", network, precision)
    return ()


FORMATS = {
    "onnx": Format(
        title="ONNX",
        files=("model.onnx",),
        extra=onnx_file.EXTRA,
        packages=("onnx", "onnxruntime"),
        precisions={
            "fp32": IN_FULL,
            "fp16": IN_HALF,
            "int8": "convolutions and matrix products with 8-bit weights, one scale for each "
            "output channel, and 8-bit activations in ranges set by calibration images (static, "
            "QDQ); the rest in float32",
        },
        write=_write_onnx,
        open=open_onnx,
    ),
    "coreml": Format(
        title="Core ML",
        files=("model.mlpackage",),
        extra=coreml.EXTRA,
        packages=("coremltools",),
        precisions={
            "fp32": IN_FULL,
            "fp16": "weights and arithmetic in float16",
            "int8": "8-bit weights, one scale for each output channel; arithmetic in float16",
        },
        write=_write_coreml,
        open=None,
        unchecked=coreml.NOT_CHECKED,
        interface=coreml.INTERFACE,
    ),
    "executorch": Format(
        title="ExecuTorch",
        files=("model.pte",),
        extra=executorch.EXTRA,
        packages=("executorch",),
        precisions={
            "fp32": IN_FULL,
            "fp16": IN_HALF,
            "int8": "what XNNPACK quantises in 8-bit weights, one scale for each output channel, "
            "and 8-bit activations in ranges set by calibration images (static); the rest in "
            "float32",
        },
        write=_write_executorch,
        open=open_executorch,
    ),
    "torch": Format(
        title="PyTorch",
        files=("model.pt2", "model.safetensors"),
        extra=None,
        packages=(),
        precisions={"fp32": IN_FULL, "fp16": IN_HALF},
        write=_write_torch,
        open=open_torch,
    ),
}


def find_formats(names: Sequence[str], precision: Precision) -> list[str]:
    """Return the names of formats, each once, once all that they need is known to be there.

    Raises:
        ExportError: a name is unknown, a format does not know the precision, or a library of it
            is not installed.
    """
    for name in names:
        if name not in FORMATS:
            raise ExportError(unknown("format", name, FORMATS))
        known = FORMATS[name].precisions
        if precision not in known:
            others = [other for other, form in FORMATS.items() if precision in form.precisions]
            raise ExportError(
                f"{FORMATS[name].title} is not written in {precision}, only in {listed(known)}. "
                f"{precision} is written as {listed(others)}."
            )
    for name in names:
        for package in FORMATS[name].packages:
            require_extra(package, FORMATS[name].extra or "")
    return list(dict.fromkeys(names))
