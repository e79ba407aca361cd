from pathlib import Path

import pandas as pd
import yaml
from hosted_latencies import CSV, hosted_table, to_csv

ROW = {
    "estimated_peak_memory_range_mb": {"min": 0, "max": 104},
    "inference_time_milliseconds": 2.815,
    "job_status": "Passed",
    "layer_counts": {"npu": 544, "total": 544},
    "primary_compute_unit": "NPU",
    "tool_versions": {"qairt": "2.50.0.260828221209"},
}


def test_a_row_is_read_as_it_was_published(tmp_path: Path) -> None:
    metrics = {"Samsung Galaxy S24": {"tflite": ROW, "onnx": {"job_status": "Failed"}}}
    content = {"precisions": {"float": {"components": {"A": {"performance_metrics": metrics}}}}}
    perf = tmp_path / "perf.yaml"
    perf.write_text(yaml.safe_dump(content))
    header, row = to_csv(perf).splitlines()
    assert CSV.read_text().splitlines()[0] == header
    assert row in CSV.read_text().splitlines()


def test_the_rows_are_of_the_npu_alone_and_each_is_said_once() -> None:
    rows = pd.read_csv(CSV)
    assert len(rows) == len(rows.drop_duplicates(["device", "runtime", "precision"])) == 74
    assert (rows.compute_unit == "NPU").all()
    assert (rows.layers_on_it == rows.layers).all()
    assert rows.latency_ms.between(1.7, 20).all()


def test_the_table_has_a_line_for_each_device_and_precision() -> None:
    lines = [line for line in hosted_table().splitlines() if line.startswith("| ")]
    assert "| Samsung Galaxy S24 | fp16 | 2.89 | 2.80 | 2.81 |" in lines
    assert len(lines) == 2 + len(pd.read_csv(CSV).drop_duplicates(["device", "precision"]))
