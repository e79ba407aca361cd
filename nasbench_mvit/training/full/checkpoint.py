"""The state of a full training on disk: one file, replaced whole, never silently thrown away."""

import io
import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from nasbench_mvit.errors import TrainingError, WeightsError, listed
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.zip_files import check_archive
from nasbench_mvit.models.weights import check_shapes
from nasbench_mvit.training.full.report import EpochReport

SCHEMA_VERSION = 1
MODEL = "model"
REMEDY = "Give another --out to start anew, or the options it was started with to go on."


@dataclass(frozen=True, kw_only=True)
class FullState:
    """What a training needs to go on; random numbers follow from the seed and the update.

    Attributes:
        update: number of updates done.
        epoch_loss: sum of the losses of this epoch's updates so far.
        seconds: wall time spent, interruptions left out.
        curve: the epochs done.
        tensors: state dictionaries by name, that of the network under ``MODEL``.
    """

    update: int
    epoch_loss: float
    seconds: float
    curve: tuple[EpochReport, ...]
    tensors: dict[str, Any]


def save(path: Path, identity: Mapping[str, str], state: FullState) -> None:
    """Replace the checkpoint at ``path``.

    Raises:
        OSError: it cannot be written; the one before is kept.
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "identity": dict(identity),
        "state": asdict(state) | {"tensors": state.tensors},
    }
    serialised = io.BytesIO()  # torch.save into a file would hide why a write failed
    torch.save(content, serialised)
    with atomic_write(path) as file:
        file.write(serialised.getbuffer())


def load(
    path: Path, identity: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]]
) -> FullState | None:
    """Return the state at ``path``, None where there is none.

    Args:
        path: the checkpoint.
        identity: what makes two trainings the same one, in words.
        shapes: of the tensors of the network.

    Raises:
        TrainingError: it is damaged, or of another training.
    """
    if not path.exists():
        return None
    try:
        check_archive(path)  # torch.load ignores the checksums
        content = torch.load(path, map_location="cpu", weights_only=True)
        version, found = content["schema_version"], content["identity"]
        state = content["state"]
        curve = tuple(EpochReport(**report) for report in state["curve"])
        restored = FullState(**state | {"curve": curve})
    except (OSError, EOFError, RuntimeError, ValueError, LookupError, TypeError,
            pickle.UnpicklingError, zipfile.BadZipFile) as problem:  # fmt: skip
        raise TrainingError(
            f"the checkpoint {path} is damaged ({problem}). Copy it again, or remove it to start "
            "anew."
        ) from None
    if version != SCHEMA_VERSION:
        raise TrainingError(
            f"the checkpoint {path} has schema version {version}, this version of nasbench_mvit "
            f"reads {SCHEMA_VERSION}. {REMEDY}"
        )
    _check_identity(path, found, identity, restored.tensors, shapes)
    return restored


def _check_identity(
    path: Path,
    found: Mapping[str, str],
    wanted: Mapping[str, str],
    tensors: Mapping[str, Any],
    shapes: Mapping[str, tuple[int, ...]],
) -> None:
    differing = [
        f"{key} ({found.get(key, 'none')}, now {wanted[key]})"
        for key in wanted
        if found.get(key) != wanted[key]
    ]
    if not differing:
        return
    try:
        check_shapes(tensors[MODEL], shapes, "this network")
    except WeightsError as problem:
        tail = f" Its tensors: {problem}"
    else:
        tail = ""
    raise TrainingError(
        f"the checkpoint {path} is of another training: {listed(differing)} differ.{tail} {REMEDY}"
    )
