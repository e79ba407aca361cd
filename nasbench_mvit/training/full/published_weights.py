"""Published weights by name: of the Hugging Face Hub, and of an installed timm.

Both libraries are optional, load when they are asked for, and keep what they download.
"""

from pathlib import Path

from torch import Tensor

from nasbench_mvit.errors import WeightsError

HUB, TIMM = "hf:", "timm:"
FILES = ("model.safetensors", "pytorch_model.bin")


def hub_file(name: str) -> Path:
    """Return the file of weights of "hf:OWNER/NAME" or "hf:OWNER/NAME@REVISION".

    Raises:
        WeightsError: the library is missing, the Hub is out of reach, or holds no such weights.
    """
    try:
        from huggingface_hub import errors, hf_hub_download  # noqa: PLC0415 - an extra
    except ImportError:
        raise WeightsError(
            f"{name} needs the library huggingface_hub. Install it: python -m pip install "
            "'huggingface_hub>=0.30', or download the file and give its path."
        ) from None
    repository, _, revision = name.removeprefix(HUB).partition("@")
    for file in FILES:
        try:
            return Path(hf_hub_download(repository, file, revision=revision or None))
        except errors.LocalEntryNotFoundError:
            raise WeightsError(
                f"{name} is not among the downloads on this machine, and the Hugging Face Hub is "
                "out of reach. Connect, or bring the file here and give its path."
            ) from None
        except errors.EntryNotFoundError:
            continue
        except (errors.HfHubHTTPError, OSError, ValueError) as problem:
            raise WeightsError(
                f"{name} cannot be downloaded: {str(problem).strip().splitlines()[0]} Correct the "
                "name, hf:OWNER/NAME, or log in by `hf auth login` if the weights are not public."
            ) from None
    raise WeightsError(
        f"{name} holds none of {' and '.join(FILES)}. Download the file of its weights and give "
        "its path."
    )


def from_timm(name: str) -> dict[str, Tensor]:
    """Return the pretrained weights that timm has by the name in "timm:NAME".

    Raises:
        WeightsError: timm is missing, does not know the name or cannot download the weights.
    """
    try:
        import timm  # noqa: PLC0415 - its torchvision does not load beside every torch
    except (ImportError, RuntimeError) as problem:
        raise WeightsError(
            f"{name} needs the library timm, which does not load here ({problem}). Install it: "
            "python -m pip install timm, or give hf:timm/NAME, which does not need it."
        ) from None
    try:
        model = timm.create_model(name.removeprefix(TIMM), pretrained=True)
    except (LookupError, OSError, RuntimeError, ValueError) as problem:
        raise WeightsError(
            f"timm cannot give the weights of {name}: {problem}. Correct the name, like "
            "timm:mobilevit_s, or connect to download them."
        ) from None
    state: dict[str, Tensor] = model.state_dict()
    return state
