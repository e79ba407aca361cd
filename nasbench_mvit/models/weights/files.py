"""Files that may hold weights: which kind each is, told by its first bytes, and what is in it."""

import hashlib
import json
import pickle
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open

from nasbench_mvit.errors import WeightsError, listed
from nasbench_mvit.io.text_files import check_name
from nasbench_mvit.io.zip_files import check_archive
from nasbench_mvit.models.weights import inert_pickle

HEAD_BYTES = 512
SHARD = re.compile(r"-\d+-of-(?P<count>\d+)(?=\.)")
ZIP, PICKLE = b"PK\x03\x04", b"\x80"
SUFFIXES = (".safetensors", ".pt", ".pth", ".bin", ".ckpt", ".tar")
_DAMAGE = (SafetensorError, OSError, RuntimeError, EOFError, ValueError, LookupError, TypeError,
           AttributeError, pickle.UnpicklingError, zipfile.BadZipFile)  # fmt: skip
_SAVE = "Save its weights with torch.save(model.state_dict(), path), and give that file."
_DOWNLOAD = "Download the file itself again."
_ORIGIN = "Give the weights it was made from."
_UNPACK = "Unpack it, and give the file with the weights."

# Files that are taken for weights: where they hold which bytes, what they are, and what to do.
_OTHER_KINDS: Final = (
    (0, b"<", "a web page", _DOWNLOAD),
    (0, b"version https://git-lfs", "a pointer of Git LFS", "Run git lfs pull."),
    (0, b"\x89HDF", "an HDF5 file, as Keras writes", _SAVE),
    (0, b"\x93NUMPY", "a NumPy array", _SAVE),
    (0, b"GGUF", "a GGUF file", _SAVE),
    (4, b"TFL3", "a LiteRT (TFLite) program", _ORIGIN),
    (4, b"ET", "an ExecuTorch program", _ORIGIN),
    (0, b"\x08", "an ONNX file", _ORIGIN),
    (0, b"\x1f\x8b", "an archive", _UNPACK),
    (0, b"7z", "an archive", _UNPACK),
    (257, b"ustar", "an archive", _UNPACK),
)
# Likewise, of zip archives by the names of what is in them.
_PROGRAMS: Final = (
    (
        "constants.pkl",
        "a TorchScript program",
        "Save its weights with torch.save(torch.jit.load(path).state_dict(), new_path).",
    ),
    (
        "archive_format",
        "a program of torch.export",
        "Give the weights it was exported from, like the model.safetensors beside a model.pt2.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class FileContent:
    """The content of a file of weights.

    Attributes:
        content: tensors by name of a safetensors file, or whatever was saved in a torch file, with
            an ``Inert`` for every object that is neither tensor nor plain container.
        metadata: metadata of a safetensors file.
        digest: SHA-256 of the file.
    """

    content: object
    metadata: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""


def read_file(path: Path) -> FileContent:
    """Return the contents of a file of weights, on the CPU; no code in it runs.

    Safetensors, torch files old and new, and the index of a checkpoint in several files are told
    apart by their content, whatever their names.

    Raises:
        WeightsError: the file is missing, damaged or of another kind.
    """
    _check_file(path)
    return replace(_read(path), digest=sha256(path))


def sha256(path: Path) -> str:
    """Return the hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> FileContent:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if head[4:9] == b"\0\0\0\0{":  # of a header, after its length
            return _read_safetensors(path)
        if head.startswith(ZIP):
            check_archive(path)  # torch.load ignores the checksums
            _check_records(path)
            return FileContent(content=_read_torch(path))
        if head.startswith(PICKLE):
            return FileContent(content=_read_torch(path))
        if head.lstrip()[:1] == b"{":
            return _read_index(path)
    except _DAMAGE as error:
        raise damaged(path, error) from None
    if not head:
        raise _other(path, "an empty file", _DOWNLOAD)
    for offset, mark, what, remedy in _OTHER_KINDS:
        if head.lstrip()[offset:].startswith(mark):
            raise _other(path, what, remedy)
    raise damaged(path, "it is neither safetensors nor a file of torch.save")


def damaged(path: Path, problem: object) -> WeightsError:
    """Return the error of a file that cannot be read."""
    reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
    return WeightsError(
        f"{path} is damaged, cut short or not a weights file: {reason.rstrip('.')}. Copy or "
        "download it again."
    )


def _read_safetensors(path: Path) -> FileContent:
    with safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (no mapping)
        return FileContent(content=tensors, metadata=file.metadata() or {})


def _read_torch(path: Path) -> object:
    with path.open("rb") as file:  # of a path, torch.load would go by the suffix
        return torch.load(file, map_location="cpu", weights_only=False, pickle_module=inert_pickle)


def _read_index(path: Path) -> FileContent:
    """Return the tensors of all files that an index names, like ``*.safetensors.index.json``."""
    shards = set(json.loads(path.read_bytes()).get("weight_map", {}).values())
    if not shards:
        raise _other(path, "a JSON file without the index of weights", "Give the weights' file.")
    tensors: dict[str, Any] = {}
    for shard in sorted(shards):
        content = _read(path.with_name(str(shard))).content
        tensors |= content if isinstance(content, Mapping) else {}
    return FileContent(content=tensors)


def _check_records(path: Path) -> None:
    """Refuse programs, which torch.load would run instead of reading."""
    with zipfile.ZipFile(path) as archive:
        names = {name.rpartition("/")[2] for name in archive.namelist()}
    for name, what, remedy in _PROGRAMS:
        if name in names:
            raise _other(path, what, remedy)
    if "data.pkl" not in names:
        raise _other(path, "a zip archive of something else", _SAVE)


def _check_file(path: Path) -> None:
    if path.is_dir():
        inside = _weights_in(path)
        found = f"one of those in it: {inside}" if inside else "a file"
        raise _other(path, "a folder", f"Give {found}.")
    if (shard := SHARD.search(path.name)) and int(shard["count"]) > 1:
        raise _other(
            path,
            f"one of {int(shard['count'])} files that hold weights together",
            f"Give their index: {path.name[: shard.start()]}{path.suffix}.index.json.",
        )
    if path.exists() and not path.is_file():
        raise _other(path, "a pipe or a device", "Write what it gives to a file, and give that.")
    if not path.is_file():
        near = _weights_in(path.parent)
        beside = f" Beside it: {near}." if near else ""
        raise WeightsError(f"there is no weights file {path}. Check the path.{beside}")
    check_name(str(path), "the weights file", WeightsError)  # safetensors takes no other


def _weights_in(folder: Path) -> str:
    """Return the names of the files in a folder that are called as weights are, "" for none."""
    files = [path for path in folder.glob("*") if path.suffix in SUFFIXES and path.is_file()]
    return listed(sorted(path.name for path in files))


def _other(path: Path, what: str, remedy: str) -> WeightsError:
    return WeightsError(f"{path} is {what}, not a file of weights. {remedy}")
