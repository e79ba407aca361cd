"""The description in the file of a supernet: all that a score depends on; no torch."""

import hashlib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from safetensors import SafetensorError, safe_open

from nasbench_mvit.errors import SupernetError
from nasbench_mvit.io.validation import validate_json

ABOUT = "supernet"  # key of the description in the file's metadata
MAKE = "Make one with `python -m nasbench_mvit supernet train`, and give the file that it writes."


class SupernetDescription(BaseModel):
    """The description of a supernet.

    Attributes:
        schema_version: version of the file.
        space: name of the search space.
        space_digest: digest that is equal for spaces of equal content.
        largest: the networks whose layers it has, each as JSON.
        num_outputs: logits of a network.
        data, data_seed, images: source of the images, seed of their split, their fingerprint.
        proxy: the recipe of the study, whose ``steps`` are those of a network trained alone.
        updates: updates of the supernet.
        max_macs: most multiply-adds of the networks that it trained; None where those of the space
            had no limit.
        seed: seed of its training.
        train_loss: mean loss of its networks in the last part of the training.
        cpu_seconds: processor time of the training.
        device, precision: where it was trained.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_version: Literal[1] = 1
    space: str
    space_digest: str
    largest: list[str] = Field(min_length=1)
    num_outputs: int
    data: str
    data_seed: int
    images: str
    proxy: dict[str, Any]
    updates: int
    max_macs: float | None = None
    seed: int
    train_loss: float
    cpu_seconds: float
    device: str
    precision: str


def in_gmacs(macs: float) -> str:
    """Return a number of multiply-adds in print."""
    return f"{macs / 1e9:.2f} GMACs"


def read_description(path: Path) -> SupernetDescription:
    """Return the description of a supernet.

    Raises:
        SupernetError: there is none, it is damaged, or of another version.
    """
    if not path.is_file():
        raise SupernetError(f"there is no file {path}. {MAKE}")
    try:
        with safe_open(path, "numpy") as file:
            text = (file.metadata() or {}).get(ABOUT)
    except (SafetensorError, OSError) as problem:
        raise SupernetError(f"{path} is damaged or no supernet ({problem}). {MAKE}") from None
    if text is None:
        raise SupernetError(f"{path} holds other weights than those of a supernet. {MAKE}")
    return validate_json(text, SupernetDescription, SupernetError, where=str(path))


def digest_of(path: Path) -> str:
    """Return sixteen hexadecimal digits, equal for files of equal content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
