"""Published weights by name: of the Hugging Face Hub, and of an installed timm.

Both libraries are optional, load when they are asked for, and keep what they download.
"""

from pathlib import Path

from torch import Tensor

from nasbench_mvit.errors import WeightsError
from nasbench_mvit.io import extras

HUB, TIMM = "hf:", "timm:"
FILES = ("model.safetensors", "pytorch_model.bin")


def hub_file(name: str) -> Path:
    """Return the file of weights of "hf:OWNER/NAME" or "hf:OWNER/NAME@REVISION".

    Raises:
        WeightsError: the library is missing, the Hub is out of reach, or holds no such weights.
    """
    try:
        errors = extras.load("huggingface_hub.errors")
    except ImportError:
        raise WeightsError(
            f"{name} needs the library huggingface_hub. Install it: python -m pip install "
            "'huggingface_hub>=0.30', or download the file and give its path."
        ) from None
    try:
        file = _downloaded(name)
        problem = f"there is no {' or '.join(FILES)}, and if the Hub is out of reach no download"
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
        file, problem = None, "the Hub shows you none of that name and revision"
    except (errors.HfHubHTTPError, OSError, ValueError) as error:
        file, problem = None, str(error).strip().splitlines()[0].rstrip(".")
    if file is None:
        raise WeightsError(
            f"{name} cannot be downloaded: {problem}. Correct the name, hf:OWNER/NAME or "
            "hf:OWNER/NAME@REVISION; log in by `hf auth login` if it is not public; or bring the "
            "file here and give its path."
        )
    return file


def _downloaded(name: str, *, offline: bool = False) -> Path | None:
    """Return the first of ``FILES`` that a repository holds; None where it holds none."""
    from huggingface_hub import errors, hf_hub_download  # noqa: PLC0415 - an extra

    repository, _, revision = name.removeprefix(HUB).partition("@")
    for file in FILES:
        try:
            path = hf_hub_download(
                repository, file, revision=revision or None, local_files_only=offline
            )
            return Path(path)
        except errors.LocalEntryNotFoundError:
            if not offline:  # the Hub is out of reach
                return _downloaded(name, offline=True)
        except errors.EntryNotFoundError:
            continue
    return None


def from_timm(name: str) -> dict[str, Tensor]:
    """Return the pretrained weights that timm has by the name in "timm:NAME".

    Raises:
        WeightsError: timm is missing, does not know the name or cannot download the weights.
    """
    try:
        timm = extras.load("timm")
    except (ImportError, RuntimeError) as problem:  # its torchvision may not fit torch
        raise WeightsError(
            f"{name} needs the library timm, which does not load here ({problem}). Install it: "
            "python -m pip install timm, or give hf:timm/NAME, which does not need it."
        ) from None
    try:
        model = timm.create_model(name.removeprefix(TIMM), pretrained=True)
    except (LookupError, OSError, RuntimeError, ValueError) as problem:
        raise WeightsError(
            f"timm cannot provide the weights of {name}: {problem}. Correct the name (for "
            "example timm:mobilevit_s), or connect to the internet so that timm can download them."
        ) from None
    state: dict[str, Tensor] = model.state_dict()
    return state
