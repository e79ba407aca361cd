"""Libraries that only some need: loaded on demand, and missed in one message."""

import importlib
from typing import Any

from nasbench_mvit.errors import ExportError


def load_extra(module: str, extra: str) -> Any:
    """Return a module that an extra of this package installs.

    Args:
        module: full name, like "onnxruntime.quantization".
        extra: name in ``[project.optional-dependencies]``.

    Raises:
        ExportError: it is not installed, or does not load.
    """
    try:
        return importlib.import_module(module)
    except ImportError as problem:
        raise ExportError(
            f"{module} cannot be loaded ({problem}). It comes with the extra '{extra}': from a "
            f"clone, pip install --constraint constraints.txt '.[{extra}]'; else "
            f"pip install 'nasbench-mvit[{extra}]'."
        ) from None
