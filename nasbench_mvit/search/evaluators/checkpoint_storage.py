"""A checkpoint storage that all machines of a cluster share.

A training writes its checkpoint into a local folder. Before each report it is copied to the
storage, and back when the training is resumed on any machine. Of two attempts at one training, as
when a machine is disconnected but running, only the later may write: each writes a signature when
it begins, and checks that signature before every later write.
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
    "Name with `storage_path=` a folder that all machines of the cluster share, or a URI that "
    "pyarrow opens, such as s3://bucket/folder."
)
_FAILURES = (OSError, ValueError, pa.ArrowException)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CheckpointStorage:
    """A folder on a pyarrow file system, for one study.

    Attributes:
        uri: absolute path or URI, as ``pyarrow.fs.FileSystem.from_uri`` reads it.
        token: identifier of one driver, in the name of a file; a machine that does not find that
            file sees another folder.
    """

    uri: str
    token: str

    @classmethod
    def at(cls, uri: str) -> Self:
        """Return the storage at ``uri``, without any access to it."""
        return cls(uri, uuid.uuid4().hex)

    def prepare(self) -> None:
        """Create the folder and the token file.

        Raises:
            StudyError: the storage cannot be written.
        """
        try:
            folder = _Folder(self.uri)
            folder.system.create_dir(folder.root)
            folder.write(f"{MARK}{self.token}", b"")
        except _FAILURES as error:
            message = f"`storage_path=` {self.uri} cannot be written: {error}. {NEXT_STEP}"
            raise StudyError(message) from None

    def remove_token(self) -> None:
        """Remove the token file; checkpoints stay."""
        with contextlib.suppress(*_FAILURES):
            _Folder(self.uri).remove(f"{MARK}{self.token}")

    def begin(self, name: str) -> "Attempt":
        """Begin an attempt at the training whose checkpoint is called ``name``.

        Raises:
            StudyError: this machine sees another folder than the driver, or cannot write it.
        """
        try:
            folder = _Folder(self.uri)
            if folder.read(f"{MARK}{self.token}") is not None:
                return Attempt(folder, name)
            found = "lacks the file that the head of the cluster wrote there"
        except _FAILURES as error:
            found = f"cannot be used: {error}"
        raise StudyError(
            f"on {socket.gethostname()}, `storage_path=` {self.uri} {found}. {NEXT_STEP}"
        )


class Attempt:
    """An attempt at a training, which may write its checkpoint until a later one begins."""

    def __init__(self, folder: "_Folder", name: str) -> None:
        """Write the signature, and remove temporary files of earlier attempts.

        Raises:
            OSError: the storage fails.
        """
        self._folder = folder
        self._name = name
        self._signature = uuid.uuid4().hex.encode()
        folder.write(f"{name}{SIGNATURE}", self._signature)
        folder.remove_temporaries(name)

    def fetch(self, target: Path) -> None:
        """Copy the checkpoint to ``target``, if there is one."""
        try:
            content = self._folder.read(self._name)
        except _FAILURES as problem:
            logger.warning("%s cannot be fetched (%s); training restarts", self._name, problem)
            return
        if content is not None:
            target.write_bytes(content)

    def keep(self, source: Path) -> None:
        """Replace the checkpoint by ``source``, if it exists and no later attempt has begun.

        A failure, such as a full disk, is only logged: the training goes on without a checkpoint.
        """
        try:
            if source.is_file() and self._is_current():
                self._folder.write(self._name, source.read_bytes())
        except _FAILURES as problem:
            logger.warning("%s is not kept (%s); training goes on without", self._name, problem)

    def clear(self) -> None:
        """Remove the checkpoint of a training that has ended, unless a later attempt has begun."""
        with contextlib.suppress(*_FAILURES):  # a leftover file only takes space
            if self._is_current():
                self._folder.remove(self._name)
                self._folder.remove(f"{self._name}{SIGNATURE}")

    def _is_current(self) -> bool:
        return self._folder.read(f"{self._name}{SIGNATURE}") == self._signature


class _Folder:
    """Reads, writes and removes files by name in one folder of a file system."""

    def __init__(self, uri: str) -> None:
        self.system, self.root = fs.FileSystem.from_uri(uri)

    def read(self, name: str) -> bytes | None:
        try:
            with self.system.open_input_stream(f"{self.root}/{name}") as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Replace a file atomically."""
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
