"""Networks as ONNX files in a folder, exported by a process of its own when they are needed."""

import contextlib
import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.processes import command, environment, last_line
from nasbench_mvit.machine import exit_cause

WORKER = "nasbench_mvit.latency.collectors.onnx_worker"


@dataclass(frozen=True)
class OnnxModel:
    """One file, with the hash of its content."""

    path: Path
    sha256: str


class OnnxModels:
    """The files of one folder, named by the networks' ids; weights are random, but always the same.

    The exporting process starts with the first network that is missing, and sleeps in between.
    """

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, which is made when the first file is."""
        self._folder = folder
        self._exporter: _Exporter | None = None

    def get(self, network: MobileViTSpec) -> OnnxModel:
        """Return the file of a network, written now if it is missing.

        Raises:
            NetworkFailedError: the network cannot be exported.
            OSError: the file cannot be written.
        """
        path = self._path(network)
        if not path.exists():
            self._export(network, path)
        return OnnxModel(path, hashlib.sha256(path.read_bytes()).hexdigest())

    def prepare(self, networks: Iterable[MobileViTSpec]) -> None:
        """Write the missing files of ``networks``; ``get`` says which of them cannot be."""
        for network in networks:
            with contextlib.suppress(NetworkFailedError):
                self.get(network)

    def release(self, networks: Iterable[MobileViTSpec]) -> None:
        """Remove the files of ``networks``."""
        for network in networks:
            self._path(network).unlink(missing_ok=True)

    def _path(self, network: MobileViTSpec) -> Path:
        return self._folder / f"{network.id}.onnx"

    def _export(self, network: MobileViTSpec, path: Path) -> None:
        self._exporter = self._exporter or _Exporter()
        answer = self._exporter.ask({"spec": network.to_dict(), "path": str(path.absolute())})
        if answer is None:
            reason = self._exporter.ending()
            self.close()  # the next network gets a new one
            raise NetworkFailedError(f"its export ended the exporting process ({reason})")
        if "errno" in answer:
            raise OSError(int(answer["errno"]), answer["error"], str(path))
        if answer["error"] is not None:
            raise NetworkFailedError(f"it cannot be exported as ONNX: {answer['error']}")

    def close(self) -> None:
        """End the exporting process."""
        if self._exporter is not None:
            self._exporter.close()
        self._exporter = None


class _Exporter:
    """The exporting process with its pipes."""

    def __init__(self) -> None:
        self._messages: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed in close
        self._process = subprocess.Popen(  # noqa: S603 - a module of this package
            command(WORKER),
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
            raise RuntimeError("the exporting process was started without pipes")
        try:
            requests.write(json.dumps(request) + "\n")
            requests.flush()
            line = answers.readline()
        except OSError:
            return None
        answer: dict[str, Any] | None = json.loads(line) if line.endswith("\n") else None
        return answer

    def ending(self) -> str:
        """Say how the process ended and what it said last."""
        code = self._process.wait()
        self._messages.seek(0)
        return f"{exit_cause(code)}: {last_line(self._messages.read())}"

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        with contextlib.suppress(OSError):  # what was not yet sent to a process that is no more
            self._process.communicate()
        self._messages.close()
