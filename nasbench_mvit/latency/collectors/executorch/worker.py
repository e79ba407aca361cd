"""Times one ExecuTorch program in a process of its own, as ``onnxruntime_worker`` an ONNX file."""

import contextlib
import dataclasses
import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

import torch
from executorch.extension.pybindings.portable_lib import _unsafe_reset_threadpool
from executorch.runtime import Runtime

from nasbench_mvit.latency.collectors.timing import TimingPlan, time_runs


def main() -> None:
    """Answer the request on the standard input."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    with contextlib.redirect_stdout(sys.stderr), answers:  # the runtime may print
        request = json.load(sys.stdin)
        _unsafe_reset_threadpool(request["threads"])
        method: Any = Runtime.get().load_program(Path(request["model"])).load_method("forward")
        shape = method.metadata.input_tensor_meta(0).sizes()
        inputs = [torch.rand(shape, generator=torch.Generator().manual_seed(0))]
        gc.collect()
        gc.disable()
        timed = time_runs(lambda: method.execute(inputs), TimingPlan(**request["plan"]))
        json.dump(dataclasses.asdict(timed), answers)


if __name__ == "__main__":
    main()
