"""Networks as files in a folder, exported by a process of its own when they are needed."""

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.extras import require_extra
from nasbench_mvit.export.formats.litert_converter import LIBRARY, find_converter
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.processes import LineProcess

EXPORTER = "nasbench_mvit.latency.collectors.exporter"
# Names the parts of a Core ML package by numbers drawn anew each time one is written.
PACKAGE_LIST = "Manifest.json"


@dataclass(frozen=True)
class ModelFormat:
    """A format of networks' files.

    Attributes:
        title: its name, for people.
        suffix: suffix of the files' names, with its dot.
        library: what exports it.
        check: raises an ``ExportError`` where nothing can export it; None where the library must
            be here.
    """

    title: str
    suffix: str
    library: str
    check: Callable[[], object] | None = None


#: By the extra of this package that installs the library.
FORMATS = {
    "onnx": ModelFormat("ONNX", ".onnx", "onnx"),
    "executorch": ModelFormat("ExecuTorch", ".pte", "executorch"),  # up to a minute a network
    "litert": ModelFormat("LiteRT", ".tflite", LIBRARY, check=find_converter),
    "coreml": ModelFormat("Core ML", ".mlpackage", "coremltools"),
}


@dataclass(frozen=True)
class ModelFile:
    """One file, or a folder that a system shows as one, with the hash of its content."""

    path: Path
    sha256: str


class ModelFiles:
    """The files of one folder, named by the networks' ids; weights are random, but always the same.

    The exporting process starts with the first network that is missing, and sleeps in between.
    """

    def __init__(self, folder: Path, form: str) -> None:
        """Use ``folder``, which is made when the first file is, for files of one of ``FORMATS``.

        Raises:
            ExportError: the library that exports is not installed.
        """
        self._folder = folder
        self._name = form
        self._form = FORMATS[form]
        if self._form.check is None:
            require_extra(self._form.library, form)
        else:
            self._form.check()
        self._exporter: LineProcess | None = None

    def get(self, network: MobileViTSpec) -> ModelFile:
        """Return the file of a network, written now if it is missing.

        Raises:
            NetworkFailedError: the network cannot be exported.
            OSError: the file cannot be written.
        """
        path = self._path(network)
        if not path.exists():
            self._export(network, path)
        return ModelFile(path, _digest(path))

    def prepare(self, networks: Iterable[MobileViTSpec]) -> None:
        """Write the missing files of ``networks``; ``get`` says which of them cannot be."""
        for network in networks:
            with contextlib.suppress(NetworkFailedError):
                self.get(network)

    def release(self, networks: Iterable[MobileViTSpec]) -> None:
        """Remove the files of ``networks``."""
        for network in networks:
            path = self._path(network)
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def _path(self, network: MobileViTSpec) -> Path:
        return self._folder / f"{network.id}{self._form.suffix}"

    def _export(self, network: MobileViTSpec, path: Path) -> None:
        self._exporter = self._exporter or LineProcess(EXPORTER, self._name)
        answer = self._exporter.ask({"spec": network.to_dict(), "path": str(path.absolute())})
        if answer is None:
            reason = self._exporter.ending()
            self.close()  # the next network gets a new one
            raise NetworkFailedError(f"its export ended the exporting process ({reason})")
        if "errno" in answer:
            raise OSError(int(answer["errno"]), answer["error"], str(path))
        if answer["error"] is not None:
            raise NetworkFailedError(
                f"it cannot be exported as {self._form.title}: {answer['error']}"
            )

    def close(self) -> None:
        """End the exporting process."""
        if self._exporter is not None:
            self._exporter.close()
        self._exporter = None


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of a folder's files with their names."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file() and file.name != PACKAGE_LIST:
            digest.update(file.relative_to(path).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
