"""The published latencies of MobileViT-S on devices that Qualcomm hosts: data and a table.

Qualcomm's package ``qai-hub-models`` (BSD-3-Clause) holds a ``perf.yaml`` for each of its models.
``python tools/hosted_latencies.py PERF_YAML`` writes the rows of MobileViT's to the shipped file.
"""

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import yaml

from nasbench_mvit.io.markdown import frame_table
from nasbench_mvit.latency.predictor.files import PACKAGED

CSV = PACKAGED.with_name("published") / "aihub.csv"
NETWORK = "mobilevit_s"  # apple/mobilevit-small at 256 px, batch 1
SOURCE = "qai-hub-models 0.65.0, models/mobile_vit/perf.yaml, BSD-3-Clause"
#: Our words for theirs; a float network's arithmetic on the NPU is half precision.
PRECISIONS = {"float": "fp16", "w8a16": "int8 weights, int16 activations"}
RUNTIMES = {"tflite": "TFLite", "onnx": "onnxruntime", "qnn_dlc": "QNN"}
TOOLS = {"qairt": "QAIRT", "onnx_runtime": "ONNX Runtime", "tflite": "TFLite", "litert": "LiteRT"}


def rows(perf: Path) -> Iterator[dict[str, object]]:
    """Yield the rows of a ``perf.yaml`` whose jobs have passed."""
    content = yaml.safe_load(perf.read_text(encoding="utf-8"))
    for precision, found in content["precisions"].items():
        (component,) = found["components"].values()
        for device, runtimes in component["performance_metrics"].items():
            for runtime, metrics in runtimes.items():
                if metrics["job_status"] == "Passed":
                    yield _row(device, PRECISIONS[precision], RUNTIMES[runtime], metrics)


def _row(
    device: str, precision: str, runtime: str, metrics: dict[str, dict[str, object]]
) -> dict[str, object]:
    memory, layers = metrics["estimated_peak_memory_range_mb"], metrics["layer_counts"]
    versions = metrics["tool_versions"].items()
    return {
        "network": NETWORK,
        "device": device,
        "runtime": runtime,
        "precision": precision,
        "latency_ms": metrics["inference_time_milliseconds"],
        "compute_unit": metrics["primary_compute_unit"],
        "layers_on_it": layers[str(metrics["primary_compute_unit"]).lower()],
        "layers": layers["total"],
        "peak_memory_low_mb": memory["min"],
        "peak_memory_high_mb": memory["max"],
        "tool_versions": "; ".join(f"{TOOLS[name]} {version}" for name, version in versions),
        "source": SOURCE,
    }


def to_csv(perf: Path) -> str:
    """Return the rows of a ``perf.yaml`` as a file of data."""
    found = list(rows(perf))
    text = io.StringIO()
    writer = csv.DictWriter(text, found[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue()


def hosted_table() -> str:
    """Return the shipped rows as a table with a line for each device and precision."""
    frame = pd.read_csv(CSV)
    milliseconds = frame.pivot_table(
        index=["device", "precision"], columns="runtime", values="latency_ms", sort=False
    ).reset_index()
    shown = milliseconds.sort_values(["precision", "TFLite", "QNN", "onnxruntime"])
    text = shown.map(lambda cell: f"{cell:.2f}" if isinstance(cell, float) else cell)
    titles = {name: f"{name}, ms" for name in RUNTIMES.values()}
    table = frame_table(text.replace("nan", "–").rename(columns=titles))
    words = (
        f"{len(frame)} rows of {frame.device.nunique()} devices at 256 px, published by Qualcomm "
        f"({SOURCE}); all layers ran on the NPU, by {_versions(frame)}. Memory and layers are in "
        "`nasbench_mvit/latency/data/published/aihub.csv`. One network says nothing of errors "
        "within the family, so no predictor is fitted to them; devices with equal figures share a "
        "chip, and its measurement."
    )
    title = "### Published: MobileViT-S on hosted Snapdragon devices"
    return f"{title}\n\n{words}\n\n{table}"


def _versions(frame: pd.DataFrame) -> str:
    names = {name for versions in frame.tool_versions for name in str(versions).split("; ")}
    return " and ".join(sorted(names, reverse=True))


if __name__ == "__main__":
    CSV.write_text(to_csv(Path(sys.argv[1])), encoding="utf-8")
