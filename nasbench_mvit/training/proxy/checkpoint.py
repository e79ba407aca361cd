"""A training's state on disk: written atomically, and trusted only when it is this training's."""

import dataclasses
import io
import logging
import pickle
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.zip_files import check_archive
from nasbench_mvit.training.proxy.report import FractionReport

SCHEMA_VERSION = 1

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What makes two trainings the same one."""

    spec_id: str
    proxy_id: str
    data_fingerprint: str
    seed: int
    precision: str


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Everything a training needs to go on; random numbers follow from the seed and the step.

    Attributes:
        tensors: the state dictionaries of the model, the optimizer and the gradient scaler.
        curve: the reports so far; the last one holds the step, the seconds and the score.
    """

    tensors: dict[str, Any]
    curve: tuple[FractionReport, ...]


def save(path: Path, identity: Identity, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint at ``path``.

    Where that fails, as on a full disk, a warning is all: the training is worth more than the way
    to resume it.
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "identity": dataclasses.asdict(identity),
        "curve": [dataclasses.asdict(report) for report in checkpoint.curve],
        "tensors": checkpoint.tensors,
    }
    serialised = io.BytesIO()  # torch.save into a file would hide why a write failed
    torch.save(content, serialised)
    try:
        with atomic_write(path) as file:
            file.write(serialised.getbuffer())
    except OSError as problem:
        logger.warning(
            "the checkpoint %s is not written (%s); training goes on without", path, problem
        )


def load(path: Path, identity: Identity, device: torch.device) -> Checkpoint | None:
    """Return the checkpoint at ``path``, or None when there is none of this training.

    One that is damaged or of another training is left to be overwritten, with a warning.
    """
    if not path.is_file():
        return None
    try:
        check_archive(path)  # torch.load ignores the checksums
        content = torch.load(path, map_location=device, weights_only=True)
        found = (content["schema_version"], content["identity"])
        curve = tuple(FractionReport(**report) for report in content["curve"])
        tensors = dict(content["tensors"])
        if not curve:
            raise ValueError("it holds no finished part")
    except (OSError, EOFError, RuntimeError, ValueError, LookupError, TypeError,
            pickle.UnpicklingError, zipfile.BadZipFile) as problem:  # fmt: skip
        logger.warning("the checkpoint %s is damaged (%s); training restarts", path, problem)
        return None
    if found != (SCHEMA_VERSION, dataclasses.asdict(identity)):
        logger.warning("the checkpoint %s is of another training; training restarts", path)
        return None
    return Checkpoint(tensors=tensors, curve=curve)
