"""Finds litert-torch, here or in an environment of its own, and converts with it; no torch.

litert-torch 0.10 needs litert-converter, that needs xdsl 0.28, and that typing-extensions below
4.13, which what this package is tested with excludes: pip installs both together only with older
versions of the rest. So the converter may be in another environment; a program of torch.export
goes there as a file, and a ``.tflite`` comes back.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from nasbench_mvit.errors import ExportError
from nasbench_mvit.export import litert_child as child
from nasbench_mvit.io import extras
from nasbench_mvit.io.machine import exit_cause

PYTHON: Final = "NASBENCH_MVIT_LITERT_PYTHON"
LIBRARY: Final = "litert_torch"
LAST_LINES: Final = 3


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


def convert(folder: Path, precision: str) -> str:
    """Convert the program in ``folder``, and say by which versions; see ``litert_child``.

    Raises:
        ExportError: there is no converter, or it fails.
    """
    python = find_converter()
    environment = dict(os.environ)
    if python == sys.executable:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    else:
        environment.pop("PYTHONPATH", None)  # its packages are those of this Python
    done = subprocess.run(  # noqa: S603 - a file of this package
        [python, "-P", str(child.__file__), str(folder), precision],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()[-LAST_LINES:]
        raise ExportError(
            f"litert-torch could not convert the network ({exit_cause(done.returncode)}): "
            f"{' '.join(lines).rstrip('.')}. Export it in another format or precision, or with "
            "another version of litert-torch."
        )
    return (folder / child.VERSIONS).read_text()
