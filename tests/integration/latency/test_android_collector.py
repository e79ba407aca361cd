"""The collector of Android phones, with a stand-in for adb and for the programs on the phone."""

from pathlib import Path

import pytest
from adb_stand_in import EXECUTOR_RUNNER, PERF_TEST, SERIAL, PhoneStandIn
from measuring import REFERENCE, after
from tiny_training import tiny_spec

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors import model_files
from nasbench_mvit.latency.collectors.android.collector import AndroidCollector
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.timing import WINDOW, TimingPlan
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.protocol import MeasurementProtocol

TINY = tiny_spec()
PLAN = TimingPlan(seconds=0.2)
RUNS = 2 * WINDOW + round(PLAN.seconds * 1e3 / 10.0)  # the stand-ins take 10 ms a run


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PhoneStandIn:
    (tmp_path / "adb").mkdir()
    return PhoneStandIn(tmp_path / "adb", monkeypatch)


@pytest.fixture(autouse=True)
def without_executorch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs be made without the library; here they lie there already."""
    monkeypatch.setattr(model_files, "require_extra", lambda *_: None)


def job() -> TimingJob:
    found = MeasurementProtocol([REFERENCE], TINY).next_job(after(0))
    assert found is not None
    return found


def collector(folder: Path, runner: Path, **options: str) -> AndroidCollector:
    for suffix in (".onnx", ".pte"):
        (folder / f"{TINY.id}{suffix}").write_bytes(b"not looked at")
    return AndroidCollector(folder, runner=runner, serial=None, threads=1, plan=PLAN, **options)


@pytest.mark.parametrize(
    ("name", "text", "runtime"),
    [
        ("onnxruntime_perf_test", PERF_TEST, "onnxruntime"),
        ("executor_runner_xnnpack", EXECUTOR_RUNNER, "ExecuTorch"),
    ],
)
def test_a_network_is_timed_on_the_phone_and_removed_from_it(
    name: str, text: str, runtime: str, phone: PhoneStandIn, tmp_path: Path
) -> None:
    runner = phone.program(name, text)
    (runner.parent / "libonnxruntime.so").write_bytes(b"a library")
    android = collector(tmp_path, runner)
    target = android.target
    assert (target.device, target.os) == ("Acme Phone 9", "Android 15 arm64-v8a")
    assert target.runtime == runtime
    assert str(target.runtime_version).startswith("sha256 ")
    record = android.measure(job())
    assert record.median_ms == pytest.approx(10.0)
    assert record.warmup_stable
    assert record.warmup_runs + len(record.samples_ms) == RUNS
    assert record.samples_ms[0] == pytest.approx(10.0)  # the slow first run is warm-up
    assert {"runner", "libonnxruntime.so"} <= phone.files
    assert not any(TINY.id in name for name in phone.files)
    android.close()


def test_two_versions_of_a_runner_are_two_targets(phone: PhoneStandIn, tmp_path: Path) -> None:
    first = collector(tmp_path, phone.program("onnxruntime_perf_test", PERF_TEST)).target
    second = collector(tmp_path, phone.program("onnxruntime_perf_test_2", PERF_TEST + "\n")).target
    assert first.runtime_version != second.runtime_version


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#!/bin/sh\necho 'no such operator' >&2; exit 3\n", "exit code 3: no such operator"),
        ("#!/bin/sh\nkill -9 $$\n", "exit code 137"),
        ("#!/bin/sh\nfor last; do :; done; echo hello > $last\n", "says 'hello' in place of"),
        ("#!/bin/sh\nfor last; do :; done; : > $last\n", r"to time 5 runs, it timed 0"),
    ],
)
def test_a_runner_that_fails_is_the_failure_of_its_network(
    text: str, message: str, phone: PhoneStandIn, tmp_path: Path
) -> None:
    android = collector(tmp_path, phone.program("onnxruntime_perf_test", text))
    with pytest.raises(NetworkFailedError, match=message):
        android.measure(job())
    assert not any(TINY.id in name for name in phone.files)


def test_a_phone_that_is_gone_ends_the_measurement(phone: PhoneStandIn, tmp_path: Path) -> None:
    android = collector(tmp_path, phone.program("onnxruntime_perf_test", PERF_TEST))
    phone.attach("")
    with pytest.raises(MeasurementError, match=rf"{SERIAL} is no longer there \(not attached\)"):
        android.measure(job())


def test_a_full_phone_is_said_before_anything_is_measured(
    phone: PhoneStandIn, tmp_path: Path
) -> None:
    phone.program("tools/mkdir", "#!/bin/sh\necho 'No space left on device' >&2; exit 1\n")
    with pytest.raises(MeasurementError, match=r"cannot be put on .*No space left.*Make room"):
        collector(tmp_path, phone.program("onnxruntime_perf_test", PERF_TEST))
