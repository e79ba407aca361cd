"""One network as transformers and timm save theirs: a folder with config.json and safetensors."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError
from nasbench_mvit.export.answers import FloatArray
from nasbench_mvit.export.check import Runtime, Samples, one_by_one
from nasbench_mvit.export.extras import load_extra
from nasbench_mvit.export.formats.contract import IN_FULL, Format, Notes
from nasbench_mvit.export.interface import Precision
from nasbench_mvit.export.network import Network
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.models.weights.checkpoint import save_model
from nasbench_mvit.models.weights.hub_configs import config_of

CONFIG, WEIGHTS, PREPROCESSOR = "config.json", "model.safetensors", "preprocessor_config.json"
BILINEAR = 2  # of Pillow's filters
INTERFACE = {
    "transformers": "`pixel_values` and `logits`, as `AutoModelForImageClassification` has them; "
    "RGB, values from 0 to 1",
    "timm": "as `timm.create_model` has them; RGB, values from 0 to 1",
}


def check_that_has(library: str, spec: MobileViTSpec) -> None:
    """Check that a library has the architecture of a network.

    Raises:
        ExportError: it has not.
    """
    if config_of(library, spec) is None:
        raise ExportError(
            f"{library} has no such architecture, so nothing there would load the file: it has "
            "MobileViT and MobileViTv2 as published"
            + (", v1 with other widths too" if library == "transformers" else "")
            + ". Leave the format out; `torch` and the Hub take every network."
        )


def write_library(folder: Path, network: Network, library: str) -> None:
    """Write a network as a library saves its own, into a folder that is made if need be.

    Raises:
        ExportError: the library has no such architecture.
        OSError: a file cannot be written.
    """
    check_that_has(library, network.spec)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / CONFIG, (_timm if library == "timm" else _transformers)(network))
    save_model(folder / WEIGHTS, network.model, network.spec, network.notes, names=library)
    if library == "transformers":
        write_json(folder / PREPROCESSOR, _preprocessor(network))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file of JSON.

    Raises:
        OSError: it cannot be written.
    """
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def names_of(network: Network) -> dict[int, str]:
    """Return the name of each logit by its number; "class 3" where nobody named it."""
    classes = network.classes
    cells = [f"cell {cell}, " if classes.cells > 1 else "" for cell in range(classes.cells)]
    return dict(enumerate(f"{cell}{name}" for cell in cells for name in classes.names))


def _transformers(network: Network) -> dict[str, Any]:
    names = names_of(network)
    return {
        **(config_of("transformers", network.spec) or {}),
        "image_size": network.spec.resolution,
        "id2label": {str(number): name for number, name in names.items()},
        "label2id": {name: number for number, name in names.items()},
        "torch_dtype": "float32",
    }


def _timm(network: Network) -> dict[str, Any]:
    side, names = network.spec.resolution, names_of(network)
    stem, classifier = "stem.conv", "head.fc"
    return {
        **(config_of("timm", network.spec) or {}),
        "num_classes": len(names),
        "label_names": list(names.values()),
        "pretrained_cfg": {
            "num_classes": len(names),
            "input_size": [3, side, side],
            "fixed_input_size": False,
            "interpolation": "bilinear",
            "crop_pct": _crop(network) / _resize(network),
            "crop_mode": "center",
            "mean": [0.0, 0.0, 0.0],
            "std": [1.0, 1.0, 1.0],
            "first_conv": stem,
            "classifier": classifier,
        },
    }


def _preprocessor(network: Network) -> dict[str, Any]:
    crop = _crop(network)
    return {
        "image_processor_type": "MobileViTImageProcessor",
        "do_resize": True,
        "size": {"shortest_edge": _resize(network)},
        "resample": BILINEAR,
        "do_center_crop": True,
        "crop_size": {"height": crop, "width": crop},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_flip_channel_order": False,
    }


def _crop(network: Network) -> int:
    return network.notes.crop or network.spec.resolution


def _resize(network: Network) -> int:
    return network.notes.resize or round(_crop(network) * 288 / 256)


def _open_transformers(folder: Path) -> Runtime:
    library = load_extra("transformers", "transformers")
    model: Any = library.AutoModelForImageClassification.from_pretrained(folder).eval()

    def run(image: FloatArray) -> FloatArray:
        with torch.no_grad():
            logits: FloatArray = model(torch.from_numpy(image)).logits.numpy()
        return logits

    name = f"transformers {library.__version__} (AutoModelForImageClassification)"
    return Runtime(name=name, run=one_by_one(run))


def _format(
    library: str, title: str, run: Callable[[Path], Runtime] | None, unchecked: str = ""
) -> Format:
    def write(folder: Path, network: Network, _precision: Precision, _samples: Samples) -> Notes:
        write_library(folder / library, network, library)
        return ()

    return Format(
        title=title,
        files=(library,),
        extra=None if run is None else library,
        packages=() if run is None else (library,),
        precisions={"fp32": IN_FULL},
        write=write,
        open=run,
        unchecked=unchecked,
        interface=lambda _: INTERFACE[library],
        tasks=("classification",),
        check_spec=lambda spec: check_that_has(library, spec),
    )


TRANSFORMERS = _format("transformers", "Hugging Face transformers", _open_transformers)
TIMM = _format(
    "timm",
    "timm",
    None,
    "nothing ran it here, since timm needs a torchvision that fits torch; names and shapes are "
    "those of timm's own weights",
)
