"""A process that answers requests: a line of JSON each, and a line of JSON back."""

import contextlib
import json
import subprocess
import tempfile
from typing import IO, Any

from nasbench_mvit.io.machine import exit_cause
from nasbench_mvit.latency.collectors.processes import command, environment, last_line


class LineProcess:
    """A module of this package as a process with its pipes."""

    def __init__(self, module: str) -> None:
        """Start ``module``, which answers every line on its input by one on its output."""
        self._messages: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed in close
        self._process = subprocess.Popen(  # noqa: S603 - a module of this package
            command(module),
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
