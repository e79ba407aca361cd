"""A trained network in 8 bits, as an export writes it and its runtime runs it.

Axes: B canvases, C channels, s side of a canvas.
"""

import copy
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.errors import ExportError
from nasbench_mvit.export import network as exported
from nasbench_mvit.export.check import Runtime, Samples
from nasbench_mvit.export.formats.by_name import FORMATS, check_installed, find_formats
from nasbench_mvit.export.interface import Classes
from nasbench_mvit.training.proxy.task import Quantise


class Quantised(nn.Module):
    """A network whose logits are those of a file in 8 bits; as text the runtime's name."""

    def __init__(self, runtime: Runtime, side: int) -> None:
        super().__init__()
        self._runtime, self._side = runtime, side

    def forward(self, canvases_BCss: Tensor) -> Tensor:
        """Return the logits of canvases, which the runtime takes one by one."""
        logits = self._runtime.run(_samples(canvases_BCss), self._side)
        return torch.from_numpy(logits).to(canvases_BCss.device)

    def __str__(self) -> str:
        """Return the name of the runtime, with its version."""
        return self._runtime.name


def quantise_by(name: str, spec: Network) -> Quantise:
    """Return the quantiser of a format: from a trained network, its outputs and canvases to 8 bits.

    The canvases set the ranges of 8-bit activations, and have the size that is scored.

    Args:
        name: format of the file.
        spec: the network; its resolution plays no part.

    Raises:
        ExportError: a library that the format needs is missing, or it cannot hold the network.
    """
    check_installed(find_formats([name], "int8"))
    form = FORMATS[name]
    if form.open is None or isinstance(spec, RivalSpec):
        raise ExportError(f"{spec.id} is not written in 8 bits as {form.title}.")
    open_file, searched = form.open, spec

    def quantise(model: nn.Module, num_logits: int, canvases_BCss: Tensor) -> Quantised:
        side = canvases_BCss.shape[-1]
        own = copy.deepcopy(model).cpu().eval()
        network = exported.Network(
            title=searched.id,
            model=nn.utils.convert_conv2d_weight_memory_format(own, torch.contiguous_format),
            spec=dataclasses.replace(searched, resolution=side),
            classes=Classes.unnamed(num_logits),
        )
        with tempfile.TemporaryDirectory() as folder:
            form.write(Path(folder), network, "int8", _samples(canvases_BCss))
            return Quantised(open_file(Path(folder, form.files[0])), side)

    return quantise


def _samples(canvases_BCss: Tensor) -> Samples:
    return Samples(canvases=np.ascontiguousarray(canvases_BCss.cpu().numpy()), labels=None)
