"""What users bring to a comparison: ``MODULE:NAME`` of a module of theirs."""

import importlib
import sys
from pathlib import Path
from typing import Any

from nasbench_mvit.errors import StudyError, listed

SEPARATOR = ":"


def is_plug_in(name: str) -> bool:
    """Return whether a name refers to an attribute of a module."""
    return SEPARATOR in name


def load(reference: str) -> Any:
    """Return the attribute of a module.

    Args:
        reference: ``MODULE:NAME``; the module is installed or lies in the working directory.

    Raises:
        StudyError: there is no such module or name, or the module fails as it is imported.
    """
    module_name, _, name = reference.partition(SEPARATOR)
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # noqa: BLE001 - a module of the user's may fail in any way
        raise StudyError(
            f"{reference}: the module {module_name!r} cannot be imported "
            f"({type(error).__name__}: {error}). It must be installed or lie in the working "
            "directory, and is written MODULE:NAME, as my_samplers:make."
        ) from None
    if not hasattr(module, name):
        public = [own for own in vars(module) if not own.startswith("_")]
        raise StudyError(f"{reference}: {module_name} has no {name!r}. It has: {listed(public)}.")
    return getattr(module, name)
