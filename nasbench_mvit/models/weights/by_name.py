"""Published weights by name: of the Hugging Face Hub, and of an installed timm.

Both libraries are optional, load when they are asked for, and keep what they download.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nasbench_mvit.errors import WeightsError
from nasbench_mvit.io.system import extras

if TYPE_CHECKING:
    from torch import Tensor

HUB, TIMM = "hf:", "timm:"
FILES = ("model.safetensors", "pytorch_model.bin")
TIMEOUT_S = 5.0  # for the first answer of the Hub
# What names there are on the Hub, without those that it keeps for itself.
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9_]|[.-](?![.-]))*(?<![.-])"
_REPOSITORY = re.compile(rf"(?P<repository>{_PART}/{_PART})(?:@(?P<revision>[\w./-]+))?", re.ASCII)
_COMMIT = re.compile("[0-9a-f]{40}")
_MAX_LENGTH = 96
_FORMS = "hf:OWNER/NAME or hf:OWNER/NAME@REVISION, like hf:apple/mobilevit-small"


def is_name(weights: str | Path) -> bool:
    """Return whether weights are named, "hf:OWNER/NAME" or "timm:NAME", and not a file."""
    return str(weights).startswith((HUB, TIMM))


class Repository(NamedTuple):
    """A repository of the Hub, "OWNER/NAME", at a revision or the newest."""

    name: str
    revision: str | None


def repository_of(text: str) -> Repository | None:
    """Return the repository of "OWNER/NAME" or "OWNER/NAME@REVISION"; None of other texts."""
    found = _REPOSITORY.fullmatch(text)
    if found is None or len(found["repository"]) > _MAX_LENGTH:
        return None
    return Repository(found["repository"], found["revision"])


def hub_file(name: str) -> Path:
    """Return the file of weights of "hf:OWNER/NAME" or "hf:OWNER/NAME@REVISION".

    Where the Hub is out of reach, it is the copy of an earlier download.

    Raises:
        WeightsError: the name is not of that form, the library is missing, or the Hub is out of
            reach or holds no such weights.
    """
    found = repository_of(name.removeprefix(HUB))
    if found is None:
        raise WeightsError(f"'{name}' names no weights on the Hugging Face Hub. Write {_FORMS}.")
    try:
        extras.load("huggingface_hub")
        return _downloaded(found.name, found.revision)
    except ImportError:
        raise WeightsError(
            f"{name} needs the library huggingface_hub. Install it: python -m pip install "
            "'huggingface_hub>=0.30', or download the file and give its path."
        ) from None
    except LookupError as problem:
        raise WeightsError(f"{name} cannot be downloaded: {problem.args[0]}.") from None


def _downloaded(repository: str, revision: str | None) -> Path:
    """Return the first of ``FILES`` that a repository holds.

    Raises:
        LookupError: there is none; with the reason and the next step.
    """
    from huggingface_hub import (  # noqa: PLC0415 - an extra
        errors,
        hf_hub_download,
        try_to_load_from_cache,
    )

    if _COMMIT.fullmatch(revision or ""):  # which never changes
        copies = (try_to_load_from_cache(repository, file, revision=revision) for file in FILES)
        for copy in copies:
            if isinstance(copy, str):
                return Path(copy)
    reason = _out_of_reach(repository, revision)
    for file in FILES:
        try:
            return Path(
                hf_hub_download(repository, file, revision=revision, local_files_only=bool(reason))
            )
        except errors.LocalEntryNotFoundError as problem:
            reason = reason or first_line(problem)
        except errors.EntryNotFoundError:
            continue
        except (errors.HfHubHTTPError, OSError, ValueError) as problem:
            raise LookupError(
                f"{first_line(problem)}. Bring {file} here and give its path"
            ) from None
    if reason:
        raise LookupError(
            f"the Hub is out of reach ({reason}), and nothing of it was downloaded before. Connect "
            f"to the internet, or bring {FILES[0]} of the repository here and give its path"
        )
    raise LookupError(
        f"the repository holds neither {' nor '.join(FILES)}. Name another, or give the path of a "
        "file of weights"
    )


def _out_of_reach(repository: str, revision: str | None) -> str:
    """Return why the Hub does not answer, "" where it does.

    It is asked once, since hf_hub_download asks six times in half a minute.

    Raises:
        LookupError: it does not show such a repository.
    """
    from huggingface_hub import errors, get_hf_file_metadata, hf_hub_url  # noqa: PLC0415

    try:
        get_hf_file_metadata(hf_hub_url(repository, FILES[0], revision=revision), timeout=TIMEOUT_S)
    except errors.EntryNotFoundError:
        return ""
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
        raise LookupError(
            f"the Hub shows you none of that name and revision. Correct it, {_FORMS}; or log in by "
            "`hf auth login` if it is not public"
        ) from None
    except Exception as problem:  # noqa: BLE001 - of requests, httpx or httpx2, as the version has
        return first_line(problem)
    return ""


def first_line(problem: Exception) -> str:
    """Return the first line of an error's text, its class where it has none."""
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    return lines[0].rstrip(".")


def from_timm(name: str) -> "dict[str, Tensor]":
    """Return the pretrained weights that timm has by the name in "timm:NAME".

    Raises:
        WeightsError: timm is missing, does not know the name or cannot download the weights.
    """
    try:
        timm = extras.load("timm")
    except (ImportError, RuntimeError) as problem:  # its torchvision may not fit torch
        raise WeightsError(
            f"{name} needs the library timm, which does not load here ({problem}). Install it: "
            "python -m pip install timm, or give weights of the Hub, which do not need it, like "
            "hf:timm/mobilevit_s.cvnets_in1k."
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
