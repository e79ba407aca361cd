"""Times one ONNX file in a process of its own: a request as JSON on its input, the answer likewise.

A process for every network, so that none runs in what another left behind, and one that crashes
takes only itself along. What may be loaded here is loaded after the parent has set the threads.
"""

import dataclasses
import gc
import json
import sys

import numpy as np
import onnxruntime

from nasbench_mvit.latency.collectors.timing import TimingPlan, time_runs

FATAL_ONLY = 4


def main() -> None:
    """Answer the request on the standard input."""
    request = json.load(sys.stdin)
    session = _session(request["model"], request["threads"])
    (image,) = session.get_inputs()
    pixels_BCHW = np.random.default_rng(0).random(image.shape, dtype=np.float32)
    inputs = {image.name: pixels_BCHW}
    gc.collect()
    gc.disable()
    timed = time_runs(lambda: session.run(None, inputs), TimingPlan(**request["plan"]))
    json.dump(dataclasses.asdict(timed), sys.stdout)


def _session(model: str, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = FATAL_ONLY
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
