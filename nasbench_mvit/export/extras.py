"""Libraries that only some need: loaded on demand, and missed in one message."""

import importlib
import importlib.util
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
        raise _missing(module, extra, str(problem)) from None


def require_extra(package: str, extra: str) -> None:
    """Check that a package which an extra installs is there, without loading it.

    Raises:
        ExportError: it is not.
    """
    try:
        found = importlib.util.find_spec(package)
    except ValueError:  # a stand-in without a spec, or None, in sys.modules
        found = None
    if found is None:
        raise _missing(package, extra, "it is not installed")


def _missing(module: str, extra: str, problem: str) -> ExportError:
    return ExportError(
        f"{module} cannot be loaded ({problem}). It comes with the extra '{extra}': from a clone, "
        f"pip install --constraint constraints.txt '.[{extra}]'; else "
        f"pip install 'nasbench-mvit[{extra}]'."
    )
