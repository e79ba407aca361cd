"""The collector of Core ML, with a stand-in for coremltools and a machine that looks like a Mac."""

import inspect
from pathlib import Path

import coremltools_stand_in as stand_in
import pytest
from coremltools_stand_in import FAILS, PHONES, StandInModels
from measuring import REFERENCE, after
from tiny_training import tiny_spec

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.export.formats.coreml import quiet
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.coreml.collector import (
    MAX_PHONE_SAMPLES,
    CoreMLCollector,
    Phone,
)
from nasbench_mvit.latency.collectors.model_files import ModelFiles
from nasbench_mvit.latency.collectors.timing import WINDOW, TimingPlan
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.protocol import MeasurementProtocol

TINY = tiny_spec()
PLAN = TimingPlan(seconds=0.2)
TEAM = Phone(team="ABCDE12345", serial=None)


@pytest.fixture(autouse=True)
def mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.install(tmp_path / "library", monkeypatch)


def job() -> TimingJob:
    found = MeasurementProtocol([REFERENCE], TINY).next_job(after(0))
    assert found is not None
    return found


def collector(folder: Path, phone: Phone | None = None, device: str = "test") -> CoreMLCollector:
    return CoreMLCollector(
        StandInModels(folder / "models"),
        compute_units="CPU_AND_NE",
        phone=phone,
        plan=PLAN,
        device=device,
    )


def test_a_network_is_timed_on_the_mac(tmp_path: Path) -> None:
    core_ml = collector(tmp_path)
    assert (core_ml.target.os, core_ml.target.engine) == ("macOS 15.1", "CPU_AND_NE")
    record = core_ml.measure(job())
    assert record.median_ms == 5.0
    assert record.warmup_stable
    assert record.warmup_runs + len(record.samples_ms) == 2 * WINDOW + round(PLAN.seconds * 1e3 / 5)
    core_ml.close()


def test_a_phone_is_prepared_once_and_timed_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PHONES, "aa=enabled bb=enabled")
    core_ml = collector(tmp_path, Phone(team="ABCDE12345", serial="bb"), "iPhone 12")
    assert (core_ml.target.device, core_ml.target.os) == ("iPhone 12", "iOS 18.2")
    record = core_ml.measure(job())
    assert record.median_ms == 2.0
    assert len(record.samples_ms) + record.warmup_runs == 2 * WINDOW + MAX_PHONE_SAMPLES
    core_ml.close()


@pytest.mark.parametrize(
    ("fails", "message"),
    [
        ("predict", "coremltools says: ValueError: Failed to load model$"),
        ("nan", "gave no 5 times above 0"),
        ("few", "gave no 5 times above 0"),
    ],
)
def test_a_run_that_fails_is_the_failure_of_its_network(
    fails: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAILS, fails)
    core_ml = collector(tmp_path)
    with pytest.raises(NetworkFailedError, match=message):
        core_ml.measure(job())
    core_ml.close()


def test_a_process_that_ends_ends_the_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAILS, "end")
    core_ml = collector(tmp_path)
    with pytest.raises(MeasurementError, match=r"process ended \(exit code 3"):
        core_ml.measure(job())
    core_ml.close()


@pytest.mark.parametrize(
    ("phones", "fails", "phone", "message"),
    [
        ("", "", TEAM, "no iPhone is connected"),
        (
            "aa=enabled bb=enabled",
            "",
            TEAM,
            "2 iPhones are connected. Choose by `serial=`: aa, bb",
        ),
        ("aa=enabled", "", Phone(team="T", serial="cc"), "'cc' is not connected, only aa"),
        ("aa=disabled", "", TEAM, "developer mode of the iPhone aa is disabled"),
        ("aa=enabled", "sign", TEAM, "no profile for ABCDE12345. The phone must stay unlocked"),
    ],
)
def test_a_phone_that_cannot_be_used_is_said_at_once(
    phones: str,
    fails: str,
    phone: Phone,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PHONES, phones)
    monkeypatch.setenv(FAILS, fails)
    with pytest.raises(MeasurementError, match=message):
        collector(tmp_path, phone)


def test_the_stand_in_has_the_interface_of_coremltools() -> None:
    with quiet():
        from coremltools import ComputeUnit  # noqa: PLC0415
        from coremltools.models import MLModel  # noqa: PLC0415
        from coremltools.models.ml_program.experimental import (  # noqa: PLC0415
            perf_utils,
            remote_device,
        )
    assert {"ALL", "CPU_AND_GPU", "CPU_AND_NE", "CPU_ONLY"} <= set(ComputeUnit.__members__)
    for function, names in (
        (MLModel.__init__, ("model", "compute_units", "skip_model_load")),
        (perf_utils.MLModelBenchmarker.__init__, ("model", "device")),
        (perf_utils.MLModelBenchmarker.benchmark_predict, ("inputs", "iterations", "warmup")),
        (remote_device.Device.get_connected_devices, ("device_type",)),
        (
            remote_device.Device.prepare_for_model_debugging,
            ("credentials", "working_directory"),
        ),
        (remote_device.AppSigningCredentials, ("development_team",)),
    ):
        assert set(names) <= set(inspect.signature(function).parameters)
    assert {"udid", "os_version", "developer_mode_state"} <= set(
        remote_device.Device.__dataclass_fields__
    )
    assert remote_device.DeviceType.IPHONE


def test_a_package_is_the_same_whenever_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # this one is written by coremltools itself
    models = ModelFiles(tmp_path, "coreml")
    first = models.get(TINY)
    assert first.path.name == f"{TINY.id}.mlpackage"
    models.release([TINY])
    assert not first.path.exists()
    assert models.get(TINY).sha256 == first.sha256
    models.close()
