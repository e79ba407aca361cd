"""The folder of an export: what may lie in it, and its description kept up with each format.

A folder holds one network with one set of weights in one precision, in any number of formats. The
description is written after every format, so that a stop leaves the finished ones whole.
"""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError, listed
from nasbench_mvit.export.card import model_card
from nasbench_mvit.export.manifest import FileRecord, FormatRecord, Manifest
from nasbench_mvit.io.json_text import json_text
from nasbench_mvit.io.text_files import check_name, read_text, write_text
from nasbench_mvit.io.validation import validate_json

MANIFEST = "export.json"
SPEC = "spec.json"
CARD = "model_card.md"
TRAINING = "training.pt"  # of weights that are still being trained


class Package:
    """A folder that belongs to one export."""

    def __init__(self, folder: Path, manifest: Manifest, spec: MobileViTSpec) -> None:
        """Use a folder; ``check_folder`` says whether that may be.

        Formats of an earlier export with other classes are removed.
        """
        self.folder = folder
        self._spec = spec
        before = read_manifest(folder)
        kept = before.formats if before else {}
        if before is not None and before.labels != manifest.labels:
            for record in kept.values():
                for file in record.files:
                    _remove(folder / file.name)
            kept = {}
        self.manifest = manifest.model_copy(update={"formats": kept})

    def add(self, name: str, record: FormatRecord) -> None:
        """Note a format that was written, in all that describes the folder."""
        self.manifest = self.manifest.with_format(name, record)
        self._write(SPEC, self._spec.to_json())
        self._write(MANIFEST, json_text(self.manifest, indent=2))
        self._write(CARD, model_card(self.manifest).rstrip())

    def _write(self, name: str, text: str) -> None:
        write_text(self.folder / name, f"{text}\n")


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a folder, None where it holds no export.

    Raises:
        ExportError: what it says cannot be read.
    """
    path = folder / MANIFEST
    try:
        text = read_text(path)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise ExportError(
            f"{path} cannot be read: {problem.strerror}. Choose another `out=`."
        ) from None
    return validate_json(text, Manifest, ExportError, where=str(path))


def _remove(path: Path) -> None:
    """Remove a file or folder that an export has left."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def check_folder(folder: Path, manifest: Manifest, formats: Sequence[str]) -> None:
    """Refuse a folder that holds anything but this export, of which formats are replaced.

    Args:
        folder: directory to write to.
        manifest: manifest of the export.
        formats: names of those that are written.

    Raises:
        ExportError: it does, or is a file.
    """
    check_name(str(folder), "`out=`: the folder", ExportError)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ExportError(f"{folder} is a file. Choose another `out=`.")
    found = sorted(path.name for path in folder.iterdir() if path.name != TRAINING)
    before = read_manifest(folder)
    if before is None:
        if found:
            raise ExportError(
                f"{folder} holds files ({listed(found)}) but no export, so nothing is written "
                "there. Choose another `out=`."
            )
        return
    if differing := _differences(before, manifest):
        raise ExportError(
            f"{folder} holds the export of {listed(differing)}. Choose another `out=`, or remove "
            "the folder."
        )
    stale = [name for name in before.formats if name not in formats]
    if before.labels != manifest.labels and stale:
        raise ExportError(
            f"{folder} holds {listed(stale)} with other classes ({_labels(before)}, now "
            f"{_labels(manifest)}). Name {listed(before.formats)} in `formats=`, which writes them "
            "anew, or choose another `out=`."
        )


def _differences(before: Manifest, now: Manifest) -> list[str]:
    """Return in what two exports differ, in words."""
    then, new = before.identity, now.identity
    networks = [f"{manifest.title} at {manifest.resolution} px" for manifest in (before, now)]
    words = {
        f"another network ({networks[0]}, now {networks[1]})": then.spec_id != new.spec_id,
        "other weights": then.weights != new.weights,
        f"another precision ({then.precision}, now {new.precision})": then.precision
        != new.precision,
    }
    return [text for text, differs in words.items() if differs]


def _labels(manifest: Manifest) -> str:
    return listed(manifest.classes or [f"{manifest.num_classes} without names"])


def file_record(path: Path) -> FileRecord:
    """Return name, size and hash of a file or of all files in a folder."""
    digest, size = hashlib.sha256(), 0
    for name, content in _contents(path):
        if name:
            digest.update(name.encode())
        digest.update(content)
        size += len(content)
    return FileRecord(name=path.name, size_bytes=size, sha256=digest.hexdigest())


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_file():
        yield "", path.read_bytes()
        return
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield file.relative_to(path).as_posix(), file.read_bytes()
