"""The libraries of the formats, which extras of this package install, and one message for all."""

from typing import Any, Final

from nasbench_mvit.errors import ExportError
from nasbench_mvit.io.system import extras

#: Files of tested versions of extras that do not go with those of constraints.txt.
CONSTRAINTS: Final = {"aihub": "constraints-aihub.txt"}


def load_extra(module: str, extra: str) -> Any:
    """Return a module that an extra of this package installs.

    Args:
        module: full name, like "onnxruntime.quantization".
        extra: name in ``[project.optional-dependencies]``.

    Raises:
        ExportError: it is not installed, or does not load.
    """
    try:
        return extras.load(module)
    except ImportError as problem:
        raise _missing(module, extra, str(problem)) from None


def require_extra(package: str, extra: str) -> None:
    """Check that a package which an extra installs is there, without loading it.

    Raises:
        ExportError: it is not.
    """
    if not extras.is_installed(package):
        raise _missing(package, extra, "it is not installed")


def _missing(module: str, extra: str, problem: str) -> ExportError:
    return ExportError(
        f"{module} cannot be loaded ({problem}). It comes with the extra '{extra}': from a clone, "
        f"pip install --constraint {CONSTRAINTS.get(extra, 'constraints.txt')} '.[{extra}]'; else "
        f"pip install 'nasbench-mvit[{extra}]'."
    )
