"""Checkpoints where every machine of a cluster finds them.

A training writes its checkpoint into a folder of its own machine. What it is about to report is
copied from there to the storage, and back when the training is taken up again, wherever that is. Of
two attempts at one training, as when a machine is cut off but not dead, only the later may write:
each signs for the training as it begins, and looks whether its signature still stands as it writes.
"""

import contextlib
import logging
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa
from pyarrow import fs

from nasbench_mvit.errors import StudyError

MARK = "seen-by-"
SIGNATURE = ".attempt"
NEXT_STEP = (
    "Name with --storage-path a folder that all machines of the cluster share, or a URI that "
    "pyarrow opens, such as s3://bucket/folder."
)
_FAILURES = (OSError, ValueError, pa.ArrowException)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CheckpointStorage:
    """A folder on a file system of pyarrow's, for one study.

    Attributes:
        uri: absolute path or URI, as ``pyarrow.fs.FileSystem.from_uri`` reads it.
        token: of one driver, in the name of a file; who does not find that sees another folder.
    """

    uri: str
    token: str

    @classmethod
    def at(cls, uri: str) -> Self:
        """Return the storage at ``uri``; nothing is touched yet."""
        return cls(uri, uuid.uuid4().hex)

    def prepare(self) -> None:
        """Make the folder and the file of the token.

        Raises:
            StudyError: it cannot be written; the message says what to do.
        """
        try:
            folder = _Folder(self.uri)
            folder.system.create_dir(folder.root)
            folder.write(f"{MARK}{self.token}", b"")
        except _FAILURES as error:
            message = f"--storage-path {self.uri} cannot be written: {error}. {NEXT_STEP}"
            raise StudyError(message) from None

    def leave(self) -> None:
        """Remove the file of the token; checkpoints stay."""
        with contextlib.suppress(*_FAILURES):
            _Folder(self.uri).remove(f"{MARK}{self.token}")

    def begin(self, name: str) -> "Attempt":
        """Sign for the training whose checkpoint is called ``name``.

        Raises:
            StudyError: this machine does not see the folder that was prepared, or cannot write it.
        """
        try:
            folder = _Folder(self.uri)
            if folder.read(f"{MARK}{self.token}") is not None:
                return Attempt(folder, name)
            found = "does not hold what the head of the cluster wrote there"
        except _FAILURES as error:
            found = f"cannot be used: {error}"
        raise StudyError(
            f"seen from {socket.gethostname()}, --storage-path {self.uri} {found}. {NEXT_STEP}"
        )


class Attempt:
    """One attempt at a training, which may write its checkpoint until another one begins."""

    def __init__(self, folder: "_Folder", name: str) -> None:
        """Sign, and remove what earlier attempts left half-written.

        Raises:
            OSError: the storage fails.
        """
        self._folder = folder
        self._name = name
        self._signature = uuid.uuid4().hex.encode()
        folder.write(f"{name}{SIGNATURE}", self._signature)
        folder.remove_temporaries(name)

    def fetch(self, target: Path) -> None:
        """Copy the checkpoint, where there is one, to ``target``."""
        try:
            content = self._folder.read(self._name)
        except _FAILURES as problem:
            logger.warning("%s cannot be fetched (%s); training restarts", self._name, problem)
            return
        if content is not None:
            target.write_bytes(content)

    def keep(self, source: Path) -> None:
        """Copy ``source``, where there is one, over the checkpoint, unless a later attempt began.

        Where that fails, as on a full disk, a warning is all: the training is worth more than the
        way to resume it.
        """
        try:
            if source.is_file() and self._stands():
                self._folder.write(self._name, source.read_bytes())
        except _FAILURES as problem:
            logger.warning("%s is not kept (%s); training goes on without", self._name, problem)

    def clear(self) -> None:
        """Remove what is kept of a training that has ended, unless a later attempt began."""
        with contextlib.suppress(*_FAILURES):  # what is left only takes room
            if self._stands():
                self._folder.remove(self._name)
                self._folder.remove(f"{self._name}{SIGNATURE}")

    def _stands(self) -> bool:
        return self._folder.read(f"{self._name}{SIGNATURE}") == self._signature


class _Folder:
    """Whole files by name in one folder of a file system."""

    def __init__(self, uri: str) -> None:
        self.system, self.root = fs.FileSystem.from_uri(uri)

    def read(self, name: str) -> bytes | None:
        try:
            with self.system.open_input_stream(f"{self.root}/{name}") as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Replace a file; readers see the old one or the new one, never a part."""
        temporary = f"{self.root}/.{name}.{uuid.uuid4().hex}.tmp"
        with self.system.open_output_stream(temporary) as stream:
            stream.write(content)
        self.system.move(temporary, f"{self.root}/{name}")

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.system.delete_file(f"{self.root}/{name}")

    def remove_temporaries(self, name: str) -> None:
        for info in self.system.get_file_info(fs.FileSelector(self.root)):
            if info.base_name.startswith(f".{name}."):
                self.remove(info.base_name)
