"""Times one ONNX file, see ``worker``."""

from collections.abc import Callable

import numpy as np
import onnxruntime

from nasbench_mvit.latency.collectors.this_machine.worker import answer

FATAL_ONLY = 4


def load(model: str, threads: int) -> Callable[[], object]:
    """Return a function that runs the network on random pixels."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = FATAL_ONLY
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    (image,) = session.get_inputs()
    pixels_BCHW = np.random.default_rng(0).random(image.shape, dtype=np.float32)
    return lambda: session.run(None, {image.name: pixels_BCHW})


if __name__ == "__main__":
    answer(load)
