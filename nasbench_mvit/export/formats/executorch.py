"""One network as an ExecuTorch program whose convolutions and matrix products run in XNNPACK."""

import json
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, Self

import numpy as np

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.answers import FloatArray
from nasbench_mvit.export.check import Runtime, Samples
from nasbench_mvit.export.extras import require_extra
from nasbench_mvit.export.formats import executorch_child as child
from nasbench_mvit.export.formats.child_process import run_child
from nasbench_mvit.export.formats.contract import IN_FULL, IN_HALF, Format, Notes
from nasbench_mvit.export.formats.partition import of_xnnpack
from nasbench_mvit.export.interface import Precision
from nasbench_mvit.export.network import Network
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.models.weights.checkpoint import save_model

EXTRA: Final = "executorch"


@dataclass(frozen=True, kw_only=True)
class Lowering:
    """The placement of the operators that cost time; memory moves are left out.

    Attributes:
        delegated: calls of each operator inside XNNPACK.
        left: calls outside, by ExecuTorch's own, mostly slower kernels.
        attention_total: matrix products and softmaxes that attention consists of; none where it is
            separable.
        attention_delegated: those of them inside XNNPACK.
    """

    delegated: dict[str, int]
    left: dict[str, int]
    attention_total: int
    attention_delegated: int

    @classmethod
    def of(cls, counts: dict[str, dict[str, int]], spec: MobileViTSpec) -> Self:
        """Return the delegation of a network from the counts of a child process."""
        blocks = [stage.block for stage in spec.stages if stage.block is not None]
        layers = sum(block.depth for block in blocks if block.attention == "softmax")
        found = counts["delegated"].get("bmm", 0) + counts["delegated"].get("_softmax", 0)
        found -= spec.task == "detection"  # the softmax over its classes, which XNNPACK takes
        return cls(
            delegated=counts["delegated"],
            left=counts["left"],
            attention_total=3 * layers,  # QKᵀ, the softmax, and its product with V
            attention_delegated=found,
        )

    @property
    def warning(self) -> str | None:
        """Return a warning about attention outside XNNPACK, None if there is none."""
        missed = self.attention_total - self.attention_delegated
        if missed <= 0:
            return None
        return (
            f"{missed} of the {self.attention_total} matrix products and softmaxes of attention "
            "are not taken over by XNNPACK and will be slow"
        )

    def __str__(self) -> str:
        """Return the delegation as a sentence."""
        left = ", ".join(f"{count} {name}" for name, count in self.left.items()) or "nothing"
        attention = (
            f", among them {self.attention_delegated} of the {self.attention_total} matrix "
            "products and softmaxes of attention"
        )
        return (
            f"XNNPACK runs {sum(self.delegated.values())} operators"
            f"{attention if self.attention_total else ''}; left to slower kernels: {left}"
        )


def export_executorch(
    path: Path, network: Network, precision: Precision, calibration: Samples
) -> Lowering:
    """Write a network as a ``.pte`` program; lowering it takes from seconds to a minute.

    Args:
        path: the file; replaced if it exists.
        network: what to write.
        precision: number format of weights and arithmetic; input and output are always float32.
        calibration: images that set the ranges of 8-bit activations.

    Raises:
        ExportError: the library executorch is not installed, or cannot lower the network.
        OSError: the file cannot be written.
    """
    require_extra(EXTRA, EXTRA)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_model(folder / child.WEIGHTS, network.model, network.spec)
        np.save(folder / child.CANVASES, calibration.canvases)
        _run_child("lower", folder, precision)
        counts = json.loads((folder / child.LOWERING).read_text())
        with atomic_write(path) as file:
            file.write((folder / child.PROGRAM).read_bytes())
    return Lowering.of(counts, network.spec)


def open_executorch(path: Path) -> Runtime:
    """Return a runner of the file on this machine's processor, in a process of its own.

    Raises:
        ExportError: the library executorch is not installed.
    """
    require_extra(EXTRA, EXTRA)

    def run(samples: Samples, resolution: int) -> FloatArray:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / child.PROGRAM).write_bytes(path.read_bytes())
            np.save(folder / child.CANVASES, samples.canvases)
            _run_child("run", folder, str(resolution))
            logits: FloatArray = np.load(folder / child.LOGITS)
        return logits

    return Runtime(name=f"ExecuTorch {metadata.version(EXTRA)} (XNNPACK)", run=run)


def _run_child(task: str, folder: Path, argument: str) -> None:
    arguments = ["-m", child.__name__, task, str(folder), argument]
    run_child(arguments, folder, library="ExecuTorch", failed=f"could not {task} the network")


def _write(folder: Path, network: Network, precision: Precision, images: Samples) -> Notes:
    lowering = export_executorch(folder / "model.pte", network, precision, images)
    warning = lowering.warning
    return (str(lowering),) if warning is None else (f"warning: {warning}", str(lowering))


FORMAT = Format(
    title="ExecuTorch",
    files=("model.pte",),
    extra=EXTRA,
    packages=("executorch",),
    precisions={
        "fp32": IN_FULL,
        "fp16": IN_HALF,
        "int8": "what XNNPACK quantises in 8-bit weights, one scale for each output channel, "
        "and 8-bit activations in ranges set by calibration images (static); the rest in "
        "float32",
    },
    partition=of_xnnpack,
    write=_write,
    open=open_executorch,
)
