"""The export to LiteRT with the real libraries, which the tests replace by stand-ins.

    pip install --constraint constraints.txt '.[litert,onnx]'
    export NASBENCH_MVIT_LITERT_PYTHON=…   # see docs/exporting.md
    python tests/benchmarks/bench_litert.py mobilevit_xxs --precisions fp32,int8

For each precision: how long a conversion takes, and how far the answers are from torch's.
"""

import argparse
import tempfile
import time
from pathlib import Path

from bench_executorch import NUM_CALIBRATION, NUM_CHECKED, garments

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.export.check import compare, torch_logits
from nasbench_mvit.export.formats.litert import export_litert, open_litert
from nasbench_mvit.export.interface import PRECISIONS, Classes
from nasbench_mvit.export.network import Network, random_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=BASELINES)
    parser.add_argument("--precisions", default="fp32")
    options = parser.parse_args()
    spec, classes = published(options.network), Classes.unnamed(1000)
    model = random_model(spec, seed=0)
    network = Network(title=options.network, model=model, spec=spec, classes=classes)
    calibration, samples = garments(NUM_CALIBRATION, NUM_CHECKED), garments(NUM_CHECKED, 0)
    expected = torch_logits(network, samples)
    for precision in PRECISIONS:
        if precision not in options.precisions.split(","):
            continue
        with tempfile.TemporaryDirectory() as folder:
            path, start = Path(folder, "model.tflite"), time.perf_counter()
            made_by = export_litert(path, network, precision, calibration)
            seconds, size = time.perf_counter() - start, path.stat().st_size
            found = open_litert(path).run(samples, spec.resolution)
        check = compare(expected, found, samples, classes, runtime="")
        print(f"{precision}: {seconds:.0f} s by {made_by}; {size / 1e6:.1f} MB; logits differ by "
              f"{check.relative_difference:.1e} of the largest, top-1 agrees in "
              f"{check.agreement:.1%}")  # fmt: skip


if __name__ == "__main__":
    main()
