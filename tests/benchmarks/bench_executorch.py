"""The export to ExecuTorch with the real library: its times.

    pip install --constraint constraints.txt '.[executorch,onnx]'
    python tests/benchmarks/bench_executorch.py mobilevit_xxs --precisions fp32,fp16,int8

For each precision: how long lowering takes, what XNNPACK takes over, how far the answers are from
torch's, and how long an image takes beside the same network in onnxruntime, run in turn.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.export.check import Runtime, Samples, compare, torch_logits
from nasbench_mvit.export.formats.executorch import export_executorch, open_executorch
from nasbench_mvit.export.formats.onnx import export_onnx, open_onnx
from nasbench_mvit.export.interface import PRECISIONS, Classes, Precision
from nasbench_mvit.export.network import Network, random_model
from nasbench_mvit.training.images.embedded import open_embedded

NUM_CALIBRATION = 32
NUM_CHECKED = 32
ROUNDS = 3
CELL_PX = 64


def garments(count: int, start: int) -> Samples:
    """Return embedded images, centred, as the network would be shown them."""
    stored = open_embedded(cell_size=CELL_PX).val.images[start : start + count]
    return Samples(canvases=np.repeat(stored.astype(np.float32) / 255, 3, axis=1), labels=None)


def seconds_an_image(runtime: Runtime, resolution: int) -> float:
    """Return the time of one more image: that of many less that of one, which holds the start."""
    many, one = garments(NUM_CHECKED, 0), garments(1, 0)
    return (_seconds(runtime, many, resolution) - _seconds(runtime, one, resolution)) / (
        len(many) - 1
    )


def _seconds(runtime: Runtime, samples: Samples, resolution: int) -> float:
    start = time.perf_counter()
    runtime.run(samples, resolution)
    return time.perf_counter() - start


def report(network: Network, precision: Precision, folder: Path) -> None:
    calibration, samples = garments(NUM_CALIBRATION, NUM_CHECKED), garments(NUM_CHECKED, 0)
    start = time.perf_counter()
    lowering = export_executorch(folder / "model.pte", network, precision, calibration)
    print(f"{precision}: lowered in {time.perf_counter() - start:.0f} s; {lowering}")
    runtime, side = open_executorch(folder / "model.pte"), network.spec.resolution
    found = runtime.run(samples, side)
    check = compare(torch_logits(network, samples), found, samples, network.classes, runtime="")
    print(f"{precision}: logits differ by {check.relative_difference:.1e} of the largest, top-1 "
          f"agrees in {check.agreement:.1%}")  # fmt: skip
    export_onnx(folder / "model.onnx", network, precision, calibration)
    peer = open_onnx(folder / "model.onnx")
    ratios = [seconds_an_image(runtime, side) / seconds_an_image(peer, side) for _ in range(ROUNDS)]
    print(f"{precision}: {np.median(ratios):.2f} times the time of {peer.name} "
          f"(rounds: {', '.join(f'{ratio:.2f}' for ratio in ratios)})")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=BASELINES)
    parser.add_argument("--precisions", default="fp32")
    options = parser.parse_args()
    spec, classes = published(options.network), Classes.unnamed(1000)
    model = random_model(spec, seed=0)
    network = Network(title=options.network, model=model, spec=spec, classes=classes)
    with tempfile.TemporaryDirectory() as folder:
        for precision in PRECISIONS:
            if precision in options.precisions.split(","):
                report(network, precision, Path(folder))


if __name__ == "__main__":
    main()
