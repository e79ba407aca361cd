"""The collector of this machine, as its processes fail."""

import os
import stat
from importlib import util
from pathlib import Path

import pytest
from measuring import REFERENCE, after
from tiny_training import tiny_spec

from nasbench_mvit.errors import ExportError, MeasurementError
from nasbench_mvit.latency.collectors import file_collector, model_files
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.model_files import ModelFiles
from nasbench_mvit.latency.collectors.this_machine import host
from nasbench_mvit.latency.collectors.this_machine.collector import OnnxRuntimeCollector
from nasbench_mvit.latency.collectors.timing import TimingPlan
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.protocol import MeasurementProtocol

TINY = tiny_spec()
PLAN = TimingPlan(seconds=0.01)


@pytest.fixture
def job() -> TimingJob:
    found = MeasurementProtocol([REFERENCE], TINY).next_job(after(0))
    assert found is not None
    return found


def collector(folder: Path) -> OnnxRuntimeCollector:
    return OnnxRuntimeCollector(folder, threads=1, plan=PLAN)


def instead(monkeypatch: pytest.MonkeyPatch, folder: Path, body: str) -> None:
    """Let a script run in place of the timing process."""
    (folder / "stand_in.py").write_text(body)
    monkeypatch.setattr(OnnxRuntimeCollector, "worker", "stand_in")
    monkeypatch.setenv("PYTHONPATH", str(folder))


NOT_A_NUMBER = """
print('{"samples_ms": [1, 2, NaN], "runs_per_sample": 1, "timer_tick_ms": 1e-4,')
print('"warmup_runs": 1, "warmup_stable": true}')
"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import os; os.kill(os.getpid(), 9)", r"SIGKILL.*out of memory"),
        ("raise RuntimeError('no such operator')", "exit code 1.*no such operator"),
        ("print('{\"samples_ms\": [1.0]}')", r"its timing: .*3 or more"),
        (NOT_A_NUMBER, r"samples_ms.2' must be a finite number"),
        ("print('hello')", "no answer"),
        ("pass", "no answer"),
    ],
)
def test_a_process_that_fails_is_the_failure_of_its_network(
    body: str, message: str, job: TimingJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{TINY.id}.onnx").write_bytes(b"not looked at")
    instead(monkeypatch, tmp_path, body)
    with pytest.raises(NetworkFailedError, match=message):
        collector(tmp_path).measure(job)


def test_a_process_that_hangs_has_an_end(
    job: TimingJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{TINY.id}.onnx").write_bytes(b"not looked at")
    instead(monkeypatch, tmp_path, "import time; time.sleep(600)")
    monkeypatch.setattr(file_collector, "START_S", 0.2)
    with pytest.raises(NetworkFailedError, match="not timed within"):
        collector(tmp_path).measure(job)


def test_a_damaged_model_file_is_the_failure_of_its_network(job: TimingJob, tmp_path: Path) -> None:
    (tmp_path / f"{TINY.id}.onnx").write_bytes(b"no ONNX")
    with pytest.raises(NetworkFailedError, match="its process failed"):
        collector(tmp_path).measure(job)


def test_threads_are_set_before_anything_loads(
    job: TimingJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{TINY.id}.onnx").write_bytes(b"not looked at")
    instead(monkeypatch, tmp_path, "import os; raise SystemExit(os.environ['OMP_NUM_THREADS'])")
    three = OnnxRuntimeCollector(tmp_path, threads=3, plan=PLAN)
    assert three.target.threads == 3
    with pytest.raises(NetworkFailedError, match=r": 3$"):
        three.measure(job)


def test_a_dead_exporter_costs_one_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = ModelFiles(tmp_path, "onnx")
    with monkeypatch.context() as patch:
        (tmp_path / "stand_in.py").write_text("import sys; sys.exit('no torch here')")
        patch.setattr(model_files, "EXPORTER", "stand_in")
        patch.setenv("PYTHONPATH", str(tmp_path))
        with pytest.raises(NetworkFailedError, match=r"ended the exporting .*no torch here"):
            models.get(TINY)
        models.prepare([TINY])  # says nothing yet
    model = models.get(TINY)
    assert model.path.stat().st_size > 0
    models.close()
    models.close()


def test_a_folder_that_cannot_be_written_stops_all(tmp_path: Path) -> None:
    models = ModelFiles(tmp_path / "file" / "models", "onnx")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=r"models/.*onnx"):
        models.prepare([TINY])
    models.close()


def test_a_missing_library_is_one_message_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "onnx" else found(name))
    with pytest.raises(ExportError, match=r"onnx cannot be loaded .*pip install .*\[onnx\]"):
        collector(tmp_path)


def test_this_machine_has_a_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert host.device_name()
    board = tmp_path / "model"
    board.write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\0")
    monkeypatch.setattr(host, "BOARD", board)
    assert host.device_name() == "Raspberry Pi 5 Model B Rev 1.0"


def test_a_phone_says_its_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(host, "BOARD", tmp_path / "absent")
    monkeypatch.setattr(host, "PROCESSORS", tmp_path / "absent")
    program = tmp_path / "getprop"
    program.write_text('#!/bin/sh\n[ "$1" = ro.product.model ] && echo "Pixel 7"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
    assert host.device_name() == "Pixel 7"


def test_a_machine_without_a_name_must_be_given_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(host, "BOARD", tmp_path / "absent")
    monkeypatch.setattr(host, "PROCESSORS", tmp_path / "absent")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MeasurementError, match="`device=`"):
        host.device_name()
    named = OnnxRuntimeCollector(tmp_path, threads=1, plan=PLAN, device="my board")
    assert named.target.device == "my board"
