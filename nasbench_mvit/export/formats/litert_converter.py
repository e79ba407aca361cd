"""Finds litert-torch, here or in an environment of its own; no torch.

litert-torch 0.10 needs litert-converter, that needs xdsl 0.28, and that typing-extensions below
4.13, which what this package is tested with excludes: pip installs both together only with older
versions of the rest. So the converter may be in another environment; a program of torch.export
goes there as a file, and a ``.tflite`` comes back.
"""

import os
import sys
from typing import Final

from nasbench_mvit.errors import ExportError
from nasbench_mvit.io.system import extras

PYTHON: Final = "NASBENCH_MVIT_LITERT_PYTHON"
LIBRARY: Final = "litert_torch"


def find_converter() -> str:
    """Return the Python that has litert-torch: this one, or the one that ``PYTHON`` names.

    Raises:
        ExportError: there is none; the message says how to make one.
    """
    if extras.is_installed(LIBRARY):
        return sys.executable
    given = os.environ.get(PYTHON)
    if given and os.access(given, os.X_OK):
        return given
    found = f"${PYTHON} is {given}, which cannot be run" if given else f"${PYTHON} is not set"
    raise ExportError(
        f"litert-torch, which writes .tflite files, is not installed here, and {found}. It needs "
        "typing-extensions below 4.13, so give it an environment of its own: "
        "python3 -m venv litert && litert/bin/pip install litert-torch torch==2.13.0, then "
        f"export {PYTHON}=$PWD/litert/bin/python"
    )
