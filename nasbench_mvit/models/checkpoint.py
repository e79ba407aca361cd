"""Weights on disk: a safetensors file with its network, and readers for other formats."""

import json
import pickle
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SpecError, WeightsError, listed
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.text_files import check_name
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.split_record import SplitRecord
from nasbench_mvit.models.weights import check_shapes, empty_state

FORMAT_VERSION = 1
METADATA_KEY = "nasbench_mvit"  # a single key, since safetensors does not keep their order
CLASSIFIER = "classifier.weight"
WRAPPERS = ("state_dict", "model_state_dict")


@dataclass(frozen=True, kw_only=True)
class Notes:
    """The optional metadata of a weights file.

    Attributes:
        classes: name of each logit.
        resize: short side in pixels an image is scaled to for evaluation.
        crop: side of the centre crop of it.
        images: which images they were trained on, and which were held out.
    """

    classes: tuple[str, ...] | None = None
    resize: int | None = None
    crop: int | None = None
    images: SplitRecord | None = None

    def to_header(self) -> dict[str, Any]:
        """Return the entries of a file's header for these notes."""
        plain = {"classes": self.classes, "resize": self.resize, "crop": self.crop}
        header: dict[str, Any] = {
            "notes": {key: value for key, value in plain.items() if value is not None}
        }
        # Apart from the notes, among which older versions refuse what they do not know.
        return header if self.images is None else header | {"images": self.images.to_dict()}

    @classmethod
    def from_header(cls, header: Mapping[str, Any]) -> Self:
        """Return the notes of a file's header.

        Raises:
            TypeError, ValueError: they are damaged.
        """
        plain = dict(header.get("notes", {}))
        classes, images = plain.pop("classes", None), header.get("images")
        return cls(
            classes=None if classes is None else tuple(str(name) for name in classes),
            images=None if images is None else SplitRecord.from_dict(images),
            **plain,
        )


def save_model(
    path: str | Path,
    model: nn.Module | Mapping[str, Tensor],
    spec: MobileViTSpec,
    notes: Notes | None = None,
) -> None:
    """Write the weights and the spec of a network to a safetensors file, atomically.

    Args:
        path: the file, usually ``*.safetensors``; replaced if it exists.
        model: ``build_model(spec, ...)`` or its state dict.
        spec: the network, written as JSON to the file's metadata.
        notes: further metadata.

    Raises:
        WeightsError: the weights are not those of ``spec``, or the file cannot be written.
    """
    path = Path(path)
    state = model.state_dict() if isinstance(model, nn.Module) else model
    _check_state(state, spec, path)
    tensors = {key: tensor.detach().cpu().contiguous() for key, tensor in state.items()}
    content: dict[str, Any] = {"version": FORMAT_VERSION, "spec": spec.to_dict()}
    if notes is not None:
        content |= notes.to_header()
    header = json.dumps(content, sort_keys=True)
    try:
        with atomic_write(path) as file:
            file.write(safetensors.torch.save(tensors, {METADATA_KEY: header}))
    except OSError as error:
        raise WeightsError(
            f"cannot write weights to {path}: {error.strerror}. Choose a path you may write to."
        ) from None


def load_model(path: str | Path) -> tuple[nn.Module, MobileViTSpec]:
    """Return the network of a file that ``save_model`` wrote, in evaluation mode, and its spec.

    Raises:
        WeightsError: the file is missing, damaged, foreign or from a newer version.
    """
    path = Path(path)
    try:
        with safe_open(_existing(path), framework="pt") as file:
            spec = _read_spec(file.metadata() or {}, path)
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError) as error:
        raise WeightsError(_unreadable(path, error)) from None
    _check_state(state, spec, path)
    with torch.device("meta"):  # initial values would be overwritten
        model = build_model(spec, len(state[CLASSIFIER]))
    model.load_state_dict(state, assign=True)
    return model.eval(), spec


def read_notes(path: str | Path) -> Notes:
    """Return the metadata of a file that ``save_model`` wrote.

    Raises:
        WeightsError: the file is missing, damaged or foreign.
    """
    path = Path(path)
    try:
        with safe_open(_existing(path), framework="pt") as file:
            header = _read_header(file.metadata() or {}, path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(_unreadable(path, error)) from None
    try:
        return Notes.from_header(header)
    except (TypeError, ValueError) as error:
        raise WeightsError(_unreadable(path, error)) from None


def read_foreign(path: str | Path) -> dict[str, Tensor]:
    """Return the state dict of another project's checkpoint, for ``weights.convert``.

    A ``.safetensors`` file is read as such, any other as a torch checkpoint, of which only
    tensors and plain containers are accepted: unpickling anything else may run foreign code.
    Weights wrapped under "state_dict" or "model_state_dict" are unwrapped.

    Raises:
        WeightsError: the file is missing, damaged, holds other objects or no weights.
    """
    path = _existing(Path(path))
    try:
        if path.suffix == ".safetensors":
            content: object = safetensors.torch.load_file(path)
        else:
            content = _load_tensors(path)
    except pickle.UnpicklingError:
        raise WeightsError(
            f"{path} is not a checkpoint of tensors alone, and reading any other may run foreign "
            "code. If you trust it, save its weights with torch.save(model.state_dict(), path)."
        ) from None
    except (SafetensorError, OSError, RuntimeError, EOFError, ValueError) as error:
        raise WeightsError(_unreadable(path, error)) from None
    for wrapper in WRAPPERS:
        if isinstance(content, dict) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping) or not content or not _all_tensors(content):
        held = listed(content) if isinstance(content, Mapping) else type(content).__name__
        raise WeightsError(
            f"{path} holds no weights but {held or 'nothing'}. Give a file with a mapping of names "
            f"to tensors, bare or under {listed(WRAPPERS)}."
        )
    return dict(content)


def _load_tensors(path: Path) -> object:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected pickle protocol")  # other objects are refused
        return torch.load(path, map_location="cpu", weights_only=True)


def _all_tensors(content: Mapping[object, object]) -> bool:
    return all(isinstance(value, Tensor) for value in content.values())


def _check_state(state: Mapping[str, Tensor], spec: MobileViTSpec, path: Path) -> None:
    classifier = state.get(CLASSIFIER)
    num_classes = 1 if classifier is None or not classifier.ndim else len(classifier)
    shapes = {key: tuple(value.shape) for key, value in empty_state(spec, num_classes).items()}
    check_shapes(state, shapes, f"the network {spec.id} of {path}")


def _read_header(metadata: Mapping[str, str], path: Path) -> dict[str, Any]:
    if METADATA_KEY not in metadata:
        raise WeightsError(
            f"{path} was not written by save_model: its metadata names no network. Read weights "
            "of other projects with read_foreign and convert."
        )
    try:
        header: dict[str, Any] = json.loads(metadata[METADATA_KEY])
        version, _ = int(header["version"]), header["spec"]
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(_unreadable(path, error)) from None
    if version > FORMAT_VERSION:
        raise WeightsError(
            f"{path} has format version {version}, this version of nasbench_mvit reads up to "
            f"{FORMAT_VERSION}. Upgrade nasbench_mvit."
        )
    return header


def _read_spec(metadata: Mapping[str, str], path: Path) -> MobileViTSpec:
    spec = _read_header(metadata, path)["spec"]
    try:
        return MobileViTSpec.from_dict(spec)
    except SpecError as error:
        raise WeightsError(f"{path} does not describe a valid network: {error}") from None


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise WeightsError(f"there is no weights file {path}. Check the path.")
    check_name(str(path), "the weights file", WeightsError)  # safetensors
    return path


def _unreadable(path: Path, error: Exception) -> str:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"{path} is damaged or not a weights file: {reason}. Copy or download it again."
