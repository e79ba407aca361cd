"""Files of supernets: the weights as safetensors, beside their description."""

import functools
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SpecError, SupernetError
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.supernet.description import (
    ABOUT,
    MAKE,
    SupernetDescription,
    digest_of,
    read_description,
)
from nasbench_mvit.supernet.supernet import Supernet


def write_supernet(path: Path, supernet: Supernet, about: SupernetDescription) -> None:
    """Write a supernet.

    Raises:
        OSError: the file cannot be written.
    """
    tensors = {name: value.contiguous() for name, value in supernet.state_dict().items()}
    with atomic_write(path) as file:
        file.write(save(tensors, metadata={ABOUT: about.model_dump_json()}))


@functools.lru_cache(maxsize=1)
def read_supernet(path: Path, digest: str) -> Supernet:
    """Return the supernet of a file, read once per process.

    Args:
        path: the file.
        digest: what ``digest_of`` said of it.

    Raises:
        SupernetError: there is none, it is damaged, of another version, or was replaced.
    """
    about = read_description(path)
    if digest_of(path) != digest:
        raise SupernetError(f"{path} has changed since the start. Start again with one file.")
    try:
        with torch.device("meta"):
            largest = [MobileViTSpec.from_json(text) for text in about.largest]
            supernet = Supernet(largest, about.num_outputs)
        supernet.load_state_dict(load_file(path), assign=True)
    except (SafetensorError, OSError, RuntimeError, SpecError) as problem:
        raise SupernetError(f"{path} is damaged ({problem}). {MAKE}") from None
    return supernet
