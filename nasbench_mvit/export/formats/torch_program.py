"""One network for PyTorch itself: its weights, and a program that needs no code of this package."""

import io
from pathlib import Path
from typing import Any

import torch

from nasbench_mvit.export.answers import FloatArray, joined
from nasbench_mvit.export.check import Runtime, Samples, one_by_one, outputs_of
from nasbench_mvit.export.formats.contract import IN_FULL, IN_HALF, Format, Notes
from nasbench_mvit.export.interface import METADATA_KEY, Precision, describe, input_shape
from nasbench_mvit.export.network import InHalf, Network, deployed
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.models.weights.checkpoint import save_model


def export_torch(program: Path, weights: Path, network: Network, precision: Precision) -> None:
    """Write a network for ``torch.export.load`` and its weights for ``models.weights.checkpoint``.

    Args:
        program: the exported program, usually ``*.pt2``; replaced if it exists.
        weights: the safetensors file, in float32 whatever the precision; replaced if it exists.
        network: what to write.
        precision: precision of the program, "fp32" or "fp16"; input and output are always float32.

    Raises:
        OSError: a file cannot be written.
    """
    model = InHalf(network.model) if precision == "fp16" else network.model
    with torch.no_grad():
        exported = torch.export.export(
            deployed(model, network.spec), (torch.zeros(input_shape(network.spec, 1)),)
        )
    content = io.BytesIO()
    torch.export.save(
        exported,
        content,
        extra_files={METADATA_KEY: describe(network.spec, network.classes)},
    )
    with atomic_write(program) as file:
        file.write(content.getbuffer())
    save_model(weights, network.model, network.spec, network.notes)


def open_torch(program: Path) -> Runtime:
    """Return a runner of the program on this machine's processor."""
    module: Any = torch.export.load(program).module()

    def run(image: FloatArray) -> FloatArray:
        with torch.no_grad():
            outputs = outputs_of(module(torch.from_numpy(image)))
        return joined([part.numpy() for part in outputs])

    return Runtime(name=f"torch {torch.__version__} (exported program)", run=one_by_one(run))


def _write(folder: Path, network: Network, precision: Precision, _: Samples) -> Notes:
    export_torch(folder / "model.pt2", folder / "model.safetensors", network, precision)
    return ()


FORMAT = Format(
    title="PyTorch",
    files=("model.pt2", "model.safetensors"),
    extra=None,
    packages=(),
    precisions={"fp32": IN_FULL, "fp16": IN_HALF},
    write=_write,
    open=open_torch,
)
