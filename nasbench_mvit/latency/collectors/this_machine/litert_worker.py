"""Times one LiteRT file, see ``worker``."""

from collections.abc import Callable

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from nasbench_mvit.latency.collectors.this_machine.worker import answer


def load(model: str, threads: int) -> Callable[[], object]:
    """Return a function that runs the network on random pixels."""
    interpreter = Interpreter(model, num_threads=threads)
    interpreter.allocate_tensors()
    (image,) = interpreter.get_input_details()
    pixels_BCHW = np.random.default_rng(0).random(image["shape"], dtype=np.float32)
    interpreter.set_tensor(image["index"], pixels_BCHW)
    invoke: Callable[[], object] = interpreter.invoke
    return invoke


if __name__ == "__main__":
    answer(load)
