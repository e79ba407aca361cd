"""The formula of peak activation memory beside the arena that LiteRT plans, for random networks.

LiteRT's own kernels first unfold the input of a k×k convolution into k² maps, which XNNPACK does
not and the formula leaves out; the second figures have that memory added. Needs what
``bench_litert.py`` needs; 20 s a network.

    python tests/benchmarks/bench_memory.py --networks 100
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.layer import IMAGE_CHANNELS
from nasbench_mvit.cost.layers import layers
from nasbench_mvit.cost.memory import BYTES_PER_ELEMENT, MB, peak_mb
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.export.formats.litert import write_litert
from nasbench_mvit.models.mobilevit import build_model


def arena_mb(path: Path) -> float:
    """Return the extent of the memory in which LiteRT's own kernels keep all activations."""
    interpreter = Interpreter(
        str(path),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    written = {index for step in interpreter._get_ops_details() for index in step["outputs"]}
    written |= {image["index"] for image in interpreter.get_input_details()}
    starts, ends = [], []
    for index in written:
        try:
            values = interpreter.tensor(index)()
        except ValueError:  # a tensor that was optimised away
            continue
        if values.nbytes:
            starts.append(values.__array_interface__["data"][0])
            ends.append(starts[-1] + values.nbytes)
    return float(max(ends) - min(starts)) / MB


def unfolded_mb(spec: MobileViTSpec) -> float:
    """Return the most that is alive while a convolution of a block works on its unfolded input."""
    peak = 0
    for layer in layers(SpecArrays.of([spec]), num_classes=10):
        kept, out = int(layer.inputs[0]), int(layer.outputs[0])
        scratch = int(layer.macs[0]) // int(layer.shape[0][0])
        if layer.kind != "conv" or layer.name == "stem" or scratch == kept or not layer.repeats[0]:
            continue
        block = spec.stages[int(layer.name.split(".")[1])].block
        residual = out * (block is not None and block.residual and layer.name.endswith("fuse"))
        peak = max(peak, kept + scratch + out + residual)
    return (peak + IMAGE_CHANNELS * spec.resolution**2) * BYTES_PER_ELEMENT / MB


def show(title: str, errors: list[float]) -> None:
    found = np.abs(errors)
    print(f"{title}: {len(found)} networks, mean error {found.mean():.1%}, median "
          f"{np.median(found):.1%}, largest {found.max():.1%}, within 10 %: "
          f"{(found <= 0.1).sum()}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=100)
    parser.add_argument("--seed", type=int, default=21)
    options = parser.parse_args()
    space, rng = SearchSpace.load("mobilevit_family"), np.random.default_rng(options.seed)
    plain, unfolded = list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.tflite")
        for number in range(options.networks):
            spec = space.sample(rng)
            write_litert(path, build_model(spec, 10).eval(), spec)
            planned = arena_mb(path)
            plain.append(peak_mb(spec) / planned - 1)
            unfolded.append(max(peak_mb(spec), unfolded_mb(spec)) / planned - 1)
            print(f"{number}: planned {planned:.2f} MB, {plain[-1]:+.1%}, {unfolded[-1]:+.1%}")
    show("by the formula", plain)
    show("with unfolded inputs", unfolded)


if __name__ == "__main__":
    main()
