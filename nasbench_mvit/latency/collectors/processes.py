"""Modules of this package as processes of their own, with threads set before anything loads."""

import os
import sys
from pathlib import Path

from nasbench_mvit.io.machine import THREAD_VARIABLES

_ROOT = Path(__file__).parents[3]  # what holds the package


def command(module: str) -> list[str]:
    """Return the command line of a module; the working directory hides no other module."""
    return [sys.executable, "-P", "-m", module]


def environment(threads: int) -> dict[str, str]:
    """Return the environment in which ``command`` finds this package and uses so many threads."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    threading = dict.fromkeys(THREAD_VARIABLES, str(threads))
    return os.environ | threading | {"PYTHONPATH": os.pathsep.join(paths)}


def last_line(text: str) -> str:
    """Return the last line that says something, as of a traceback."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
