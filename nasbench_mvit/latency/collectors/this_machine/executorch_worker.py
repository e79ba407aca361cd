"""Times one ExecuTorch program, see ``worker``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from executorch.extension.pybindings.portable_lib import _unsafe_reset_threadpool
from executorch.runtime import Runtime

from nasbench_mvit.latency.collectors.this_machine.worker import answer


def load(model: str, threads: int) -> Callable[[], object]:
    """Return a function that runs the network on random pixels."""
    _unsafe_reset_threadpool(threads)
    method: Any = Runtime.get().load_program(Path(model)).load_method("forward")
    shape = method.metadata.input_tensor_meta(0).sizes()
    inputs = [torch.rand(shape, generator=torch.Generator().manual_seed(0))]
    return lambda: method.execute(inputs)


if __name__ == "__main__":
    answer(load)
