"""ONNX files as such: saving one, and reading back which network it holds; no torch."""

from pathlib import Path
from typing import Any

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError
from nasbench_mvit.export.extras import load_extra
from nasbench_mvit.export.interface import described
from nasbench_mvit.io.atomic import atomic_write

EXTRA = "onnx"


def onnx_library() -> Any:
    """Return the module ``onnx``.

    Raises:
        ExportError: it is not installed.
    """
    return load_extra("onnx", EXTRA)


def save(path: Path, proto: Any) -> None:
    """Write a ``ModelProto``, whole or not at all; equal ones give equal bytes."""
    with atomic_write(path) as file:
        file.write(proto.SerializeToString(deterministic=True))


def read_onnx_spec(path: Path) -> MobileViTSpec:
    """Return the network that ``write_onnx`` wrote to a file.

    Raises:
        ExportError: the file is missing, damaged or was not written by ``write_onnx``, or the
            library onnx is not installed.
    """
    onnx = onnx_library()
    try:
        proto = onnx.load(path, load_external_data=False)
    except OSError as problem:
        raise ExportError(f"{path} cannot be read: {problem.strerror}. Correct the path.") from None
    except Exception as problem:  # noqa: BLE001 - protobuf's own class differs between versions
        raise ExportError(f"{path} is no ONNX file: {problem}. Export it again.") from None
    return described({entry.key: entry.value for entry in proto.metadata_props}, str(path))
