"""Weights on disk as this package writes them: a safetensors file with its network.

``loading`` reads those of others too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

import safetensors.torch
import torch
from torch import Tensor, nn

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SpecError, WeightsError
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.text_files import normalised
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.by_name import HUB, hub_file
from nasbench_mvit.models.weights.convert import (
    COUNTER,
    check_shapes,
    classes_of_boxes,
    converted,
    empty_state,
    named_by,
)
from nasbench_mvit.models.weights.files import FileContent, damaged, read_file
from nasbench_mvit.models.weights.foreign_names import LAYOUTS, layout_of
from nasbench_mvit.models.weights.split_record import SplitRecord

FORMAT_VERSION = 2
FOREIGN_NAMES_VERSION = 2  # the first that reads weights under the names of another library
METADATA_KEY = "nasbench_mvit"  # a single key, since safetensors does not keep their order
CLASSIFIER = "classifier.weight"
LAST_LAYERS: Mapping[Task, str] = {
    "classification": CLASSIFIER,
    "detection": "task_head.predictors.5.weight",
    "segmentation": "task_head.classifier.weight",
}


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
            classes=None if classes is None else tuple(normalised(str(name)) for name in classes),
            images=None if images is None else SplitRecord.from_dict(images),
            **plain,
        )


def save_model(
    path: str | Path,
    model: nn.Module | Mapping[str, Tensor],
    spec: MobileViTSpec,
    notes: Notes | None = None,
    *,
    names: str | None = None,
) -> None:
    """Write the weights and the spec of a network to a safetensors file, atomically.

    Args:
        path: the file, usually ``*.safetensors``; replaced if it exists.
        model: ``build_model(spec, ...)`` or its state dict.
        spec: the network, written as JSON to the file's metadata.
        notes: further metadata.
        names: "transformers" or "timm" to name the weights as that library does, which then reads
            the file too.

    Raises:
        WeightsError: the weights are not those of ``spec``, or the file cannot be written.
    """
    path = Path(path)
    state = model.state_dict() if isinstance(model, nn.Module) else model
    _check_state(state, spec, str(path))
    tensors = {key: tensor.detach().cpu().contiguous() for key, tensor in state.items()}
    content: dict[str, Any] = {"version": 1, "spec": spec.to_dict()}
    metadata = {}
    if notes is not None:
        content |= notes.to_header()
    if names is not None:
        tensors = named_by(names, tensors, spec)
        content |= {"version": FOREIGN_NAMES_VERSION, "names": names}
        metadata = {"format": "pt"}  # which transformers asks for
    metadata[METADATA_KEY] = json.dumps(content, sort_keys=True)
    try:
        with atomic_write(path) as file:
            file.write(safetensors.torch.save(tensors, metadata))
    except OSError as error:
        raise WeightsError(
            f"cannot write weights to {path}: {error.strerror}. Choose a path you may write to."
        ) from None


def load_model(path: str | Path) -> tuple[nn.Module, MobileViTSpec]:
    """Return the network of a file that ``save_model`` wrote, in evaluation mode, and its spec.

    Its weights are float32, whatever they are in the file.

    Args:
        path: the file, or "hf:OWNER/NAME" of the Hugging Face Hub, maybe with "@REVISION".

    Raises:
        WeightsError: the file is missing, damaged, foreign or from a newer version.
    """
    saved = read_saved(hub_file(str(path)) if str(path).startswith(HUB) else Path(path))
    return assembled(saved.state, saved.spec, str(path)), saved.spec


def read_notes(path: str | Path) -> Notes:
    """Return the metadata of a file that ``save_model`` wrote.

    Raises:
        WeightsError: the file is missing, damaged or foreign.
    """
    return read_saved(Path(path)).notes


@dataclass(frozen=True, kw_only=True, eq=False)
class Saved:
    """The content of a file written by ``save_model``: weights, network and header."""

    path: Path
    state: Mapping[str, Tensor]
    spec: MobileViTSpec
    header: Mapping[str, Any]

    @property
    def notes(self) -> Notes:
        """The optional metadata.

        Raises:
            WeightsError: they are damaged.
        """
        try:
            return Notes.from_header(self.header)
        except (TypeError, ValueError) as error:
            raise damaged(self.path, error) from None


def read_saved(path: Path, file: FileContent | None = None) -> Saved:
    """Return the contents of a file of ``save_model``; ``file`` if it has been read already.

    Raises:
        WeightsError: the file is missing, damaged, foreign or from a newer version.
    """
    file = file or read_file(path)
    header = _read_header(file.metadata, path)
    try:
        spec = MobileViTSpec.from_dict(header["spec"])
    except SpecError as error:
        raise WeightsError(f"{path} does not describe a valid network: {error}") from None
    state = cast("dict[str, Tensor]", file.content)
    if (names := header.get("names")) is not None:
        state = _own_names(state, spec, str(names), path)
    return Saved(path=path, state=state, spec=spec, header=header)


def _own_names(
    state: Mapping[str, Tensor], spec: MobileViTSpec, names: str, path: Path
) -> dict[str, Tensor]:
    if names not in LAYOUTS:
        raise damaged(path, f"its weights have the names of '{names}', which is unknown")
    classifier = state.get(f"{layout_of(spec, names).classifier}.weight")
    num_classes = 1 if classifier is None else len(classifier)
    return converted(state, spec, num_classes, names, f"the network of {path}")


def assembled(state: Mapping[str, Tensor], spec: MobileViTSpec, what: str) -> nn.Module:
    """Return the network of a state dict in float32, in evaluation mode.

    Counters of batch normalisation that are missing are zero.

    Args:
        state: weights by the names of ``build_model(spec, ...)``.
        spec: the network.
        what: the file, for messages.

    Raises:
        WeightsError: the weights are of another network, or one is not a finite number.
    """
    counters = {key: torch.tensor(0) for key in empty_state(spec, 1) if key.endswith(COUNTER)}
    state = {key: _in_full(key, value, what) for key, value in (counters | dict(state)).items()}
    _check_state(state, spec, what)
    with torch.device("meta"):  # initial values would be overwritten
        model = build_model(spec, num_classes_of(state, spec))
    model.load_state_dict(state, assign=True)
    return model.eval()


def _in_full(key: str, value: Tensor, what: str) -> Tensor:
    """Return a tensor of weights in float32, a counter as it is."""
    if key.endswith(COUNTER):
        return value.long()
    if not value.is_floating_point():
        raise WeightsError(
            f"{key} of {what} has the type {value.dtype}, not floating-point numbers: the weights "
            "are quantised. Give those they were made from."
        )
    value = value.float()
    if not value.isfinite().all():
        count = int((~value.isfinite()).sum())
        raise WeightsError(
            f"{key} of {what} has {count:,} values that are not finite in float32: its training "
            "has diverged, or the file is damaged. Give weights from before that."
        )
    return value


def _check_state(state: Mapping[str, Tensor], spec: MobileViTSpec, what: str) -> None:
    expected = empty_state(spec, num_classes_of(state, spec))
    shapes = {key: tuple(value.shape) for key, value in expected.items()}
    check_shapes(state, shapes, f"the network of {what}")


def num_classes_of(state: Mapping[str, Tensor], spec: MobileViTSpec) -> int:
    """Return the classes of some weights, 1 where they lack the layer that tells."""
    last = state.get(LAST_LAYERS[spec.task])
    outputs = 1 if last is None or not last.ndim else len(last)
    return classes_of_boxes(outputs) if spec.task == "detection" else outputs


def _read_header(metadata: Mapping[str, str], path: Path) -> dict[str, Any]:
    if METADATA_KEY not in metadata:
        raise WeightsError(
            f"{path} was not written by save_model: its metadata names no network. load_weights "
            "reads weights of other projects."
        )
    try:
        header: dict[str, Any] = json.loads(metadata[METADATA_KEY])
        version, _ = int(header["version"]), header["spec"]
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, error) from None
    if version > FORMAT_VERSION:
        raise WeightsError(
            f"{path} has format version {version}, this version of nasbench_mvit reads up to "
            f"{FORMAT_VERSION}. Upgrade nasbench_mvit."
        )
    return header
