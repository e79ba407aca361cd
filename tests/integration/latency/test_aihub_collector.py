"""The collector of AI Hub's devices, with a stand-in for its client and its service."""

import dataclasses
import sys
from pathlib import Path
from typing import Any

import pytest
import qai_hub_stand_in as stand_in
from measuring import REFERENCE, after
from tiny_training import tiny_spec

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError, MeasurementError
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.protocol import MeasurementProtocol
from nasbench_mvit.latency.records.record_file import read_records
from nasbench_mvit.workbench.measurements.measure import measure_latency
from nasbench_mvit.workbench.measurements.targets.aihub import AIHubTarget
from nasbench_mvit.workbench.shared.completion import Completion

TINY = tiny_spec()
OTHER = dataclasses.replace(TINY, stem_channels=TINY.stem_channels + 8)
TARGET = AIHubTarget(device=stand_in.DEVICE)
COMPILE, PROFILE = stand_in.CompileJob, stand_in.InferenceJob


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> stand_in.Service:
    return stand_in.install(monkeypatch)


def job(network: MobileViTSpec = TINY) -> TimingJob:
    found = MeasurementProtocol([REFERENCE], network).next_job(after(0))
    assert found is not None
    return found


def files(run_dir: Path, *networks: MobileViTSpec) -> Path:
    (run_dir / "models").mkdir(parents=True, exist_ok=True)
    for network in (REFERENCE, *networks):
        (run_dir / "models" / f"{network.id}.onnx").write_text(network.id)
    return run_dir


def test_a_record_holds_layers_memory_and_versions(
    service: stand_in.Service, tmp_path: Path
) -> None:
    record = stand_in.collector(tmp_path, TINY).measure(job())
    assert str(record.target) == (
        "Samsung Galaxy S24, Android 14, AI Hub TFLite QAIRT 2.50.0.1 (NPU), 1 thread, fp16"
    )
    assert record.median_ms == pytest.approx(stand_in.RUN_US / 1e3)
    assert record.profile is not None
    assert record.profile.job == service.of(PROFILE)[0].job_id
    assert record.profile.tool_versions == {"TensorFlow Lite": "2.19.1"}
    assert record.profile.columns == {"peak_memory_bytes": 39_406_752}
    layers = [(layer.name, layer.compute_unit, layer.ms) for layer in record.profile.layers]
    assert layers == [("stem", "NPU", 0.12), ("head", "CPU", None)]


@pytest.mark.parametrize(
    ("runtime", "unit", "compiles", "profiles"),
    [
        ("tflite", "npu", "--target_runtime tflite --compute_unit npu", "npu"),
        ("onnx", "cpu", "--target_runtime onnx --compute_unit cpu", "cpu"),
        (
            "qnn_dlc",
            "gpu",
            "--target_runtime qnn_dlc --compute_unit gpu --qairt_version 2.50",
            "gpu",
        ),
    ],
)
def test_what_jobs_are_made_with(
    runtime: str, unit: str, compiles: str, profiles: str, service: stand_in.Service, tmp_path: Path
) -> None:
    stand_in.collector(tmp_path, TINY, runtime=runtime, unit=unit).measure(job())
    assert [one.options for one in service.jobs.values()] == [
        compiles,
        f"--compute_unit {profiles} --qairt_version 2.50",
    ]


def test_a_block_is_submitted_together_and_only_fetched_within_it(
    service: stand_in.Service, tmp_path: Path
) -> None:
    collector = stand_in.collector(tmp_path, TINY, OTHER)
    collector.prepare([TINY, OTHER])
    assert [one.name for one in service.of(COMPILE)] == [TINY.id, OTHER.id]
    assert [one.name for one in service.of(PROFILE)] == [TINY.id, TINY.id, OTHER.id]
    assert {one.job_id for one in service.of(PROFILE)} <= service.ended
    before = len(service.jobs)
    records = [collector.measure(job(network)) for network in (TINY, OTHER, TINY)]
    assert len(service.jobs) == before
    assert len({record.profile and record.profile.job for record in records}) == 3


def test_a_cut_session_is_taken_up_without_a_new_job(
    service: stand_in.Service, tmp_path: Path
) -> None:
    stand_in.collector(tmp_path, TINY, OTHER).prepare([TINY, OTHER])
    before = len(service.jobs)
    later = stand_in.collector(tmp_path)
    later.prepare([TINY, OTHER])
    later.measure(job(OTHER))
    assert len(service.jobs) == before


def test_what_is_in_the_records_is_not_fetched_again(
    service: stand_in.Service, tmp_path: Path
) -> None:
    run_dir = files(tmp_path, TINY)
    first = measure_latency(TINY, TARGET, run_dir=run_dir, passes=1)
    assert first.completion is Completion.DONE
    used = [record.profile and record.profile.job for record in read_records(run_dir)]
    again = measure_latency((), TARGET, run_dir=run_dir, passes=2)
    assert [latency.spec for latency in again.latencies] == [TINY]
    assert again.table is not None
    assert "peak_memory_bytes" in again.table.read_text()
    jobs = [record.profile and record.profile.job for record in read_records(run_dir)]
    assert jobs[: len(used)] == used
    assert len(set(jobs)) == len(jobs) == len(service.of(PROFILE)) == 6
    assert len(service.of(COMPILE)) == 2


def test_batches_keep_to_the_quota(service: stand_in.Service, tmp_path: Path) -> None:
    service.quota = 2
    collector = stand_in.collector(tmp_path, TINY, OTHER)
    collector.prepare([TINY, OTHER])
    assert collector.measure(job(OTHER)).spec == OTHER


def test_a_full_quota_ends_the_session_and_says_how_to_go_on(
    service: stand_in.Service, tmp_path: Path
) -> None:
    service.quota = 0
    with pytest.raises(MeasurementError, match=r"too many jobs\.\).*run the same command again"):
        stand_in.collector(tmp_path, TINY).measure(job())


def test_one_network_that_fails_leaves_the_others(
    service: stand_in.Service, tmp_path: Path
) -> None:
    service.broken[OTHER.id] = "unsupported operator"
    found = measure_latency([TINY, OTHER], TARGET, run_dir=files(tmp_path, TINY, OTHER), passes=1)
    assert [latency.spec for latency in found.latencies] == [TINY]
    assert "https://hub.example/jobs/" in found.progress.failed[OTHER.id]
    assert "unsupported operator" in found.progress.failed[OTHER.id]


def test_a_job_that_failed_is_made_anew(service: stand_in.Service, tmp_path: Path) -> None:
    collector = stand_in.collector(tmp_path, TINY)
    collector.prepare([TINY])
    service.failing[service.of(PROFILE)[0].job_id] = "the device was lost"
    with pytest.raises(NetworkFailedError, match="the device was lost"):
        collector.measure(job())
    stand_in.collector(tmp_path, TINY)  # files of the networks are there again
    assert collector.measure(job()).spec == TINY


def without_times(profile: dict[str, Any]) -> dict[str, Any]:
    return profile | {"execution_summary": {"all_inference_times": [1, 2]}}


def with_a_wrong_peak(profile: dict[str, Any]) -> dict[str, Any]:
    summary = profile["execution_summary"] | {"inference_memory_peak_range": (2, 1)}
    return profile | {"execution_summary": summary}


def with_times_of_nothing(profile: dict[str, Any]) -> dict[str, Any]:
    return profile | {"execution_summary": {"all_inference_times": [0] * 100}}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (without_times, "10 runs or more, it holds 2"),
        (with_a_wrong_peak, "in order"),
        (with_times_of_nothing, "samples_ms"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(
    changed: Any, message: str, service: stand_in.Service, tmp_path: Path
) -> None:
    service.changed = changed
    with pytest.raises(NetworkFailedError, match=message):
        stand_in.collector(tmp_path, TINY).measure(job())


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (stand_in.UserError("Failed.\n| Your API token is missing. |"), "token is missing"),
        (stand_in.InternalError("Could not connect to Qualcomm AI Hub."), "does not answer"),
    ],
)
def test_a_service_that_does_not_let_in_is_one_message(
    error: Exception, message: str, service: stand_in.Service, tmp_path: Path
) -> None:
    service.outage = error
    with pytest.raises(MeasurementError, match=message) as raised:
        stand_in.collector(tmp_path)
    assert "|" not in str(raised.value)


def test_an_unknown_device_is_named_with_those_there_are(
    service: stand_in.Service, tmp_path: Path
) -> None:
    service.devices = service.devices[2:]
    with pytest.raises(MeasurementError, match=r"Galaxy S24.*Available: Snapdragon X Elite CRD"):
        stand_in.collector(tmp_path)


def test_a_run_keeps_the_version_of_the_tools_it_began_with(
    service: stand_in.Service, tmp_path: Path
) -> None:
    run_dir = files(tmp_path, TINY)
    measure_latency(TINY, TARGET, run_dir=run_dir, passes=1)
    service.frameworks[1].api_tags = []
    service.frameworks.append(stand_in.Framework("QAIRT", "2.51", ["default"], "2.51.0.3"))
    assert stand_in.collector(run_dir).target.runtime_version == "QAIRT 2.50.0.1"
    service.frameworks = service.frameworks[2:]
    with pytest.raises(MeasurementError, match=r"jobs of .*2\.50\.0\.1.*not of .*2\.51\.0\.3"):
        stand_in.collector(run_dir)


def test_without_the_client_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "qai_hub", None)
    with pytest.raises(ExportError, match="extra 'aihub'"):
        stand_in.collector(tmp_path)
