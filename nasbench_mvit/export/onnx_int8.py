"""Static 8-bit quantisation of an ONNX file, by onnxruntime.

Convolutions, matrix products and the classifier compute with 8-bit weights, one scale for each
output channel, and 8-bit activations, whose ranges are those that calibration images reach.
Everything else (normalisation, SiLU, softmax) stays in float32: it takes little of the time, and
in 8 bits most of the error.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nasbench_mvit.export.check import FloatArray, Samples
from nasbench_mvit.export.extras import load_extra
from nasbench_mvit.export.interface import INPUT
from nasbench_mvit.export.onnx_file import EXTRA, onnx_library

OPERATORS = ("Conv", "MatMul", "Gemm")


def quantised(proto: Any, calibration: Samples, resolution: int) -> Any:
    """Return a float32 ``ModelProto`` in 8 bits.

    Args:
        proto: as ``onnx_proto`` makes it; its metadata stay.
        calibration: images that set the ranges of activations.
        resolution: of the network's input.

    Raises:
        ExportError: the library onnxruntime is not installed.
    """
    onnx = onnx_library()
    quantization = load_extra("onnxruntime.quantization", EXTRA)
    prepare = load_extra("onnxruntime.quantization.shape_inference", EXTRA).quant_pre_process
    with tempfile.TemporaryDirectory() as folder, _quiet():
        prepared, done = Path(folder, "prepared.onnx"), Path(folder, "int8.onnx")
        prepare(proto, prepared, skip_symbolic_shape=True)  # all shapes are constants
        quantization.quantize_static(
            prepared,
            done,
            _Reader(calibration, resolution),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=list(OPERATORS),
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
        result = onnx.load(done)
    onnx.helper.set_model_props(result, {prop.key: prop.value for prop in proto.metadata_props})
    return result


class _Reader:
    """Hands calibration images to onnxruntime, which asks for them one by one."""

    def __init__(self, samples: Samples, resolution: int) -> None:
        self._images = samples.at(resolution)

    def get_next(self) -> dict[str, FloatArray] | None:
        """Return the next input, None after the last."""
        image = next(self._images, None)
        return None if image is None else {INPUT: image}

    def __iter__(self) -> Iterator[dict[str, FloatArray]]:
        return iter(self.get_next, None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what the quantiser logs of its own defaults."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
