"""Runs the part of an export whose library needs a process, or a Python, of its own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nasbench_mvit.errors import ExportError
from nasbench_mvit.io.system.machine import exit_cause

LAST_LINES: Final = 3


def run_child(
    arguments: Sequence[str], folder: Path, *, library: str, failed: str, python: str | None = None
) -> None:
    """Run Python in ``folder``, where no file hides a module, and wait for its end.

    Args:
        arguments: those of the interpreter.
        folder: the working directory.
        library: name of the library that is at work, for a person.
        failed: what it could not do, as "could not convert the network".
        python: another interpreter, which has packages of its own; this one if left out.

    Raises:
        ExportError: it failed; the message has its last lines.
    """
    environment = dict(os.environ)
    environment.pop("PYTHONPATH", None)
    if python in {None, sys.executable}:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(  # noqa: S603 - a file of this package
        [python or sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()[-LAST_LINES:]
        raise ExportError(
            f"{library} {failed} ({exit_cause(done.returncode)}): {' '.join(lines).rstrip('.')}. "
            f"Export it in another format or precision, or with another version of {library}."
        )
