"""Modules of this package as processes of their own, with threads set before anything loads."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from nasbench_mvit.io.system.machine import THREAD_VARIABLES, exit_cause

_ROOT = Path(__file__).parents[3]  # what holds the package


def command(module: str, *arguments: str) -> list[str]:
    """Return the command line of a module; the working directory hides no other module."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(threads: int) -> dict[str, str]:
    """Return the environment in which ``command`` finds this package and uses ``threads``."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    threading = dict.fromkeys(THREAD_VARIABLES, str(threads))
    return os.environ | threading | {"PYTHONPATH": os.pathsep.join(paths)}


def last_line(text: str) -> str:
    """Return the last line that says something, as of a traceback."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


class LineProcess:
    """A module that answers requests: a line of JSON each, and a line of JSON back."""

    def __init__(self, module: str, *arguments: str) -> None:
        """Start ``module`` with its pipes."""
        self._messages: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed in close
        self._process = subprocess.Popen(  # noqa: S603 - a module of this package
            command(module, *arguments),
            env=environment(threads=1),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            text=True,
            encoding="utf-8",
        )

    def ask(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer to a request, None where the process ended instead."""
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise RuntimeError("the process was started without pipes")
        try:
            requests.write(json.dumps(request) + "\n")
            requests.flush()
            line = answers.readline()
        except OSError:
            return None
        answer: dict[str, Any] | None = json.loads(line) if line.endswith("\n") else None
        return answer

    def ending(self) -> str:
        """Return the exit cause of the process and its last output, in words."""
        code = self._process.wait()
        self._messages.seek(0)
        return f"{exit_cause(code)}: {last_line(self._messages.read())}"

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        with contextlib.suppress(OSError):  # what was not yet sent to a process that is no more
            self._process.communicate()
        self._messages.close()
