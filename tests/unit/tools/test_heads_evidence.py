"""Latencies of networks with heads, held out of fits with and without such rows."""

from pathlib import Path

import numpy as np
import pytest
from latency_law import milliseconds, networks, records
from measuring import TARGET
from pages.heads_evidence import HEADS, halves, heads_table, pooled, with_heads
from pages.latency_evidence import Evidence

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.records.record_file import to_line

SLOWER = 1.25


def of_task(task: str, count: int, seed: int) -> list[MobileViTSpec]:
    return [spec.for_task(task) for spec in networks(count, seed)]


def timed(specs: list[MobileViTSpec], speed: float = 1.0) -> list[Measurement]:
    """A session on a machine that takes ``speed`` times as long, the reference included."""
    made = records(specs, milliseconds(specs), TARGET)
    return [
        record.model_copy(update={"samples_ms": tuple(speed * ms for ms in record.samples_ms)})
        for record in made
    ]


def write(path: Path, found: list[Measurement]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(map(to_line, found)), encoding="utf-8")


def test_a_session_on_a_slower_machine_is_brought_to_the_level_of_the_first() -> None:
    classifiers, detectors = networks(30), of_task("detection", 12, seed=1)
    rows = pooled(timed(classifiers), timed(detectors, SLOWER))
    assert rows.specs == (*classifiers, *detectors)
    assert rows.ms == pytest.approx(milliseconds([*rows.specs]), rel=0.02)


def test_half_of_each_head_is_held_out_and_no_classifier() -> None:
    heads = [*of_task("detection", 12, seed=1), *of_task("segmentation", 8, seed=2)]
    rows = pooled(timed(networks(30)), timed(heads))
    kept, held_out = halves(rows)
    assert {*kept.specs} | {*held_out.specs} == {*rows.specs}
    tasks = [spec.task for spec in held_out.specs]
    assert {task: tasks.count(task) for task in tasks} == {"detection": 6, "segmentation": 4}


def test_the_table_holds_the_errors_of_both_fits(tmp_path: Path) -> None:
    heads = [*of_task("detection", 12, seed=1), *of_task("segmentation", 12, seed=2)]
    write(tmp_path / "host.jsonl", timed(networks(70)))
    write(tmp_path / HEADS / "host.jsonl", timed(heads, SLOWER))
    found = with_heads(tmp_path)
    evidence = found["host"]
    assert evidence.document.name == "host_heads"
    assert len(evidence.kept) == 70 + 12
    kept = evidence.kept
    alone = kept.pick([n for n, spec in enumerate(kept.specs) if spec.task_head is None])
    lines = heads_table(found, {"host": Evidence("host", alone, alone.split(20))}).splitlines()
    assert [line.split(" | ")[:3] for line in lines[2:]] == [
        ["| `host`", "SSDLite, 320 px", "6"],
        ["| `host`", "DeepLabv3, output stride 16, 512 px", "6"],
    ]
    fitted = [float(line.split(" | ")[4].split("%")[0]) for line in lines[2:]]
    by_macs = [float(line.split(" | ")[5].split("%")[0]) for line in lines[2:]]
    assert max(fitted) < 3.0, "the law is a sum of features"
    assert np.mean(fitted) < np.mean(by_macs)
