"""One network as a Core ML package, ready for an app: an image goes in, probabilities come out.

The input is an RGB image of the spec's resolution; its values from 0 to 255 are brought to those
from 0 to 1 that the network expects by the package itself. A classifier answers with a label and
the probability of every label; a network that names the cells of a canvas answers with an array
(1, G, K) of probabilities and keeps the names of its classes in the metadata. A detector is a
pipeline that ends in non-maximum suppression (``coreml_boxes``); a segmenter answers with the class
of each pixel of the image.

Packages are made on Linux and macOS, but only macOS and iOS run them.
"""

import contextlib
import io
import json
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.check import Samples
from nasbench_mvit.export.extras import load_extra
from nasbench_mvit.export.formats.contract import IN_FULL, Format, Notes
from nasbench_mvit.export.formats.coreml_boxes import (
    CONFIDENCE,
    CONFIDENCE_THRESHOLD,
    COORDINATES,
    IOU_THRESHOLD,
    RAW_CONFIDENCE,
    RAW_COORDINATES,
    BoxesOfImage,
    with_suppression,
)
from nasbench_mvit.export.formats.partition import of_neural_engine
from nasbench_mvit.export.interface import (
    INPUT,
    METADATA_KEY,
    OUTPUTS,
    Classes,
    Precision,
    describe,
    input_shape,
)
from nasbench_mvit.export.network import Network, deployed
from nasbench_mvit.models.heads.deeplabv3 import upsample
from nasbench_mvit.version import __version__

EXTRA: Final = "coreml"
PROBABILITIES: Final = "probabilities"
CLASSES_OUT: Final = "classes"
CLASSES_KEY: Final = "classes"
DATE_KEY: Final = "com.github.apple.coremltools.conversion_date"
PIXEL_SCALE: Final = 1 / 255
NOT_CHECKED: Final = "not checked here: Core ML runs on macOS and iOS only"
IMAGE_IN: Final = (
    f"an RGB image, `{INPUT}`, whose values the package itself brings from 0–255 to 0–1; "
)
INTERFACES: Final[Mapping[Task, str]] = {
    "classification": IMAGE_IN + "a classifier answers with the label and the probability of every "
    f"label, a network that names the cells of a canvas with `{PROBABILITIES}` (1, cells, classes)",
    "detection": IMAGE_IN + f"the boxes that non-maximum suppression leaves, `{COORDINATES}` "
    f"(boxes, 4), centre x, centre y, width and height in shares of the image, and `{CONFIDENCE}` "
    "(boxes, classes), with the labels of the classes in the package, so that Vision gives "
    f"VNRecognizedObjectObservation; `{IOU_THRESHOLD}` and `{CONFIDENCE_THRESHOLD}` may be given",
    "segmentation": IMAGE_IN + f"`{CLASSES_OUT}` (1, side, side), int32, the class of each pixel; "
    f"their names are in the metadata, under `{CLASSES_KEY}`",
}

# Beyond the last of these there is only what makes boxes of offsets.
LEARNT: Final = frozenset({"conv", "softmax"})

# What coremltools and torch say of each other, of the way chosen here, and of no use to a user.
_NOTICES = (
    (DeprecationWarning, r"`torch\.jit\.(trace|trace_method)` is deprecated"),
    (UserWarning, "Output, '.*', of the source model, has been renamed"),
    (ResourceWarning, "Implicitly cleaning up"),
)


class _Probabilities(nn.Module):
    """The network with a softmax over the classes of each cell.

    Axes: B images, C channels, H height, W width, G cells, K classes.
    """

    def __init__(self, model: nn.Module, classes: Classes) -> None:
        super().__init__()
        self.model = model
        self.shape_GK = (classes.cells, len(classes.names))

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, K) for a single cell, else (B, G, K)."""
        logits = self.model(x_BCHW)
        if self.shape_GK[0] > 1:
            logits = logits.reshape(-1, *self.shape_GK)
        probabilities: Tensor = logits.softmax(-1)
        return probabilities


class _PixelClasses(nn.Module):
    """A segmenter that gives the class of each pixel of its image.

    Axes: B images, C channels, H height, W width, K classes.
    """

    def __init__(self, model: nn.Module, side: int) -> None:
        super().__init__()
        self.model = model
        self.size = (side, side)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, H, W), int32."""
        logits_BKHW = upsample(self.model(x_BCHW), self.size)
        return logits_BKHW.argmax(1).int()


def export_coreml(path: Path, network: Network, precision: Precision) -> None:
    """Write a network as an ``.mlpackage``, a folder, whole or not at all.

    Args:
        path: the package; replaced if it exists.
        network: what to write.
        precision: number format of the arithmetic. "fp32" keeps off the Neural Engine, which
            computes in half precision; "int8" rounds the weights to 8 bits, one scale for each
            output channel, and computes in half precision.

    Raises:
        ExportError: the library coremltools is not installed.
        OSError: the package cannot be written.
    """
    with quiet():
        coremltools = load_extra("coremltools", EXTRA)
        package = _converted(coremltools, network, precision)
        if precision == "int8":
            package = _rounded(package)
        if network.spec.task == "detection":
            package = with_suppression(coremltools, package, network.classes.names)
        _describe(package, network)
        _save(package, path)


def write_coreml(path: Path, model: nn.Module, spec: MobileViTSpec) -> None:
    """Write a network in float16 for timing, from an array (1, 3, R, R) to ``OUTPUTS``.

    An image, which an app would give, is more than coremltools can send to a phone.

    Args:
        path: the package; replaced if it exists.
        model: ``build_model(spec, ...)`` on the CPU, in evaluation mode.
        spec: the network; its JSON stands in the metadata.

    Raises:
        ExportError: the library coremltools is not installed.
        OSError: the package cannot be written.
    """
    with quiet():
        coremltools = load_extra("coremltools", EXTRA)
        shape = input_shape(spec, 1)
        package = _convert(
            coremltools,
            deployed(model, spec).eval(),
            spec.task,
            "fp16",
            inputs=[coremltools.TensorType(name=INPUT, shape=shape, dtype=np.float32)],
            outputs=[
                coremltools.TensorType(name=name, dtype=np.float32) for name in OUTPUTS[spec.task]
            ],
        )
        package.user_defined_metadata[METADATA_KEY] = describe(spec)
        package.user_defined_metadata.pop(DATE_KEY, None)  # a network is the same file on any day
        _save(package, path)


def _converted(coremltools: Any, network: Network, precision: Precision) -> Any:
    image = coremltools.ImageType(
        name=INPUT,
        shape=input_shape(network.spec, 1),
        scale=PIXEL_SCALE,
        color_layout=coremltools.colorlayout.RGB,
    )
    model, interface = _answering(coremltools, network)
    task = network.spec.task
    return _convert(coremltools, model.eval(), task, precision, inputs=[image], **interface)


def _answering(coremltools: Any, network: Network) -> tuple[nn.Module, dict[str, Any]]:
    """Return the network with the answer of its package, and what coremltools calls that."""
    classes, side = network.classes, network.spec.resolution
    if network.spec.task == "detection":
        outputs = [
            coremltools.TensorType(name=name, dtype=np.float32)
            for name in (RAW_CONFIDENCE, RAW_COORDINATES)
        ]
        return BoxesOfImage(network.model, side), {"outputs": outputs}
    if network.spec.task == "segmentation":
        output = coremltools.TensorType(name=CLASSES_OUT, dtype=np.int32)
        return _PixelClasses(network.model, side), {"outputs": [output]}
    if classes.cells > 1:
        interface = {"outputs": [coremltools.TensorType(name=PROBABILITIES)]}
    else:
        interface = {"classifier_config": coremltools.ClassifierConfig(list(classes.names))}
    return _Probabilities(network.model, classes), interface


def _convert(
    coremltools: Any,
    model: nn.Module,
    task: Task,
    precision: Precision,
    *,
    inputs: list[Any],
    **interface: Any,
) -> Any:
    with torch.no_grad():
        traced = torch.jit.trace(  # type: ignore[no-untyped-call]
            model, torch.zeros(inputs[0].shape.shape)
        )
    if precision == "fp32":
        arithmetic = coremltools.precision.FLOAT32
    elif task == "detection":
        arithmetic = coremltools.transform.FP16ComputePrecision(op_selector=_is_half)
    else:
        arithmetic = coremltools.precision.FLOAT16
    return coremltools.convert(
        traced,
        inputs=inputs,
        minimum_deployment_target=coremltools.target.iOS16,
        compute_precision=arithmetic,
        skip_model_load=True,
        **interface,
    )


def _is_half(operation: Any) -> bool:
    """Return whether an operation of a detector is in float16: all but what makes the boxes.

    These are made of their offsets in float32, as by ``network.InHalf``.
    """
    following = (after for value in operation.outputs for after in value.child_ops)
    return operation.op_type in LEARNT or any(map(_is_half, following))


def _rounded(package: Any) -> Any:
    optimize = load_extra("coremltools.optimize.coreml", EXTRA)
    config = optimize.OptimizationConfig(
        global_config=optimize.OpLinearQuantizerConfig(mode="linear_symmetric", dtype="int8")
    )
    return optimize.linear_quantize_weights(package, config=config)


def _describe(package: Any, network: Network) -> None:
    package.short_description = network.title
    package.author = f"nasbench_mvit {__version__}"
    package.version = network.spec.id
    package.input_description[INPUT] = "RGB image"
    package.user_defined_metadata[METADATA_KEY] = describe(network.spec, network.classes)
    package.user_defined_metadata[CLASSES_KEY] = json.dumps(network.classes.names)


def _save(package: Any, path: Path) -> None:
    """Save beside ``path``, then put the package in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        made = Path(folder, path.name)
        package.save(str(made))
        if path.exists():
            path.rename(Path(folder, "replaced"))
        made.rename(path)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep back progress bars and what coremltools logs of parts that only macOS has."""
    logger = logging.getLogger("coremltools")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            for category, notice in _NOTICES:
                warnings.filterwarnings("ignore", notice, category)
            yield
    finally:
        logger.setLevel(level)


def _write(folder: Path, network: Network, precision: Precision, _: Samples) -> Notes:
    export_coreml(folder / "model.mlpackage", network, precision)
    return ()


FORMAT = Format(
    title="Core ML",
    files=("model.mlpackage",),
    extra=EXTRA,
    packages=("coremltools",),
    precisions={
        "fp32": IN_FULL,
        "fp16": "weights and arithmetic in float16",
        "int8": "8-bit weights, one scale for each output channel; arithmetic in float16",
    },
    partition=of_neural_engine,
    write=_write,
    open=None,
    unchecked=NOT_CHECKED,
    interface=INTERFACES.__getitem__,
)
