"""One network as an ONNX file; ``interface`` says what the file takes and gives.

The exporter through TorchScript takes about a second where torch's newer one takes ten, and for a
network of static shapes it writes the same graph. Written twice, a network gives the same bytes.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.interface import INPUT, METADATA_KEY, OUTPUT, describe, input_shape
from nasbench_mvit.export.onnx_file import onnx_library, save

OPSET = 17  # the first with LayerNormalization

# Notices of torch's about the exporter chosen here, not about the network.
_NOTICES = (
    "You are using the legacy TorchScript-based ONNX export",
    "The feature will be removed. Please remove usage of this function",
)


def write_onnx(path: Path, model: nn.Module, spec: MobileViTSpec, *, batch_size: int = 1) -> None:
    """Write a network as one ONNX file, whole or not at all.

    Args:
        path: the file, usually ``*.onnx``; replaced if it exists.
        model: ``build_model(spec, ...)`` on the CPU; its mode (training or not) stays as it is.
        spec: the network; its resolution is the file's, and its JSON stands in the metadata.
        batch_size: images per run.

    Raises:
        ExportError: the library onnx is not installed.
        OSError: the file cannot be written.
    """
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
    onnx.helper.set_model_props(proto, {METADATA_KEY: describe(spec)})
    save(path, proto)


@contextmanager
def _without_notices() -> Iterator[None]:
    with warnings.catch_warnings():
        for notice in _NOTICES:
            warnings.filterwarnings("ignore", notice, DeprecationWarning)
        yield
