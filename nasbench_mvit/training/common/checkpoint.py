"""The state of a training on disk: one file, replaced whole, and read only if it is undamaged."""

import io
import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch

from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.zip_files import check_archive

SCHEMA_VERSION = 1

State = TypeVar("State")
Identity = Mapping[str, str | int]


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message names the file and the reason."""


def save(path: Path, identity: Identity, state: Mapping[str, Any]) -> None:
    """Replace the checkpoint at ``path``.

    Args:
        path: the file.
        identity: what makes two trainings the same one.
        state: tensors and plain containers by name.

    Raises:
        OSError: it cannot be written; the one before is kept.
    """
    content = {"schema_version": SCHEMA_VERSION, "identity": dict(identity), **state}
    serialised = io.BytesIO()  # torch.save into a file would hide why a write failed
    torch.save(content, serialised)
    with atomic_write(path) as file:
        file.write(serialised.getbuffer())


def load(
    path: Path,
    parse: Callable[[Mapping[str, Any]], State],
    device: torch.device | str = "cpu",
) -> tuple[Identity, State] | None:
    """Return the identity at ``path`` and what ``parse`` makes of the state; None for no file.

    Raises:
        CheckpointError: it is damaged, or of another version.
    """
    if not path.is_file():
        return None
    try:
        check_archive(path)  # torch.load ignores the checksums
        content = torch.load(path, map_location=device, weights_only=True)
        version, identity = content.pop("schema_version"), dict(content.pop("identity"))
        state = parse(content) if version == SCHEMA_VERSION else None
    except (OSError, EOFError, RuntimeError, ValueError, LookupError, TypeError, AttributeError,
            pickle.UnpicklingError, zipfile.BadZipFile) as problem:  # fmt: skip
        raise CheckpointError(f"the checkpoint {path} is damaged ({problem})") from None
    if state is None:
        raise CheckpointError(
            f"the checkpoint {path} has schema version {version}, this version of nasbench_mvit "
            f"reads {SCHEMA_VERSION}"
        )
    return identity, state


def differing_parts(recorded: Identity, wanted: Identity) -> list[str]:
    """Return the names of the entries of an identity that are not those of a checkpoint."""
    return [key for key, value in wanted.items() if recorded.get(key, "none") != value]
