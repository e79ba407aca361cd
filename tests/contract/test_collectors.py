"""What every collector keeps to. A new one joins with a line in ``COLLECTORS``."""

from collections.abc import Callable, Iterator
from pathlib import Path

import adb_stand_in
import coremltools_stand_in
import executorch_stand_in
import litert_stand_in
import pytest
import qai_hub_stand_in
from fake_page import collector_with_page
from measuring import REFERENCE, FakeCollector, after
from tiny_training import tiny_spec

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.collectors.android.collector import AndroidCollector
from nasbench_mvit.latency.collectors.contract import Collector
from nasbench_mvit.latency.collectors.coreml.collector import CoreMLCollector
from nasbench_mvit.latency.collectors.this_machine.collector import (
    ExecuTorchCollector,
    LiteRTCollector,
    OnnxRuntimeCollector,
)
from nasbench_mvit.latency.collectors.timing import TimingPlan
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.protocol import MeasurementProtocol

TINY = tiny_spec()


PLAN = TimingPlan(seconds=0.01)


def fake(_folder: Path, _patch: pytest.MonkeyPatch) -> Collector:
    return FakeCollector()


def in_a_browser(folder: Path, _patch: pytest.MonkeyPatch) -> Collector:
    return collector_with_page(folder)[0]


def on_this_machine(folder: Path, _patch: pytest.MonkeyPatch) -> Collector:
    return OnnxRuntimeCollector(folder, threads=1, plan=PLAN, device="test")


def by_executorch(folder: Path, patch: pytest.MonkeyPatch) -> Collector:
    library = folder / "library"
    executorch_stand_in.install(library)
    patch.syspath_prepend(library)
    patch.setenv("PYTHONPATH", str(library))
    return ExecuTorchCollector(folder, threads=1, plan=PLAN, device="test")


def by_litert(folder: Path, patch: pytest.MonkeyPatch) -> Collector:
    litert_stand_in.install(folder / "library", patch)
    return LiteRTCollector(folder, threads=1, plan=PLAN, device="test")


def on_a_phone(folder: Path, patch: pytest.MonkeyPatch) -> Collector:
    phone = adb_stand_in.PhoneStandIn(folder / "adb", patch)
    runner = phone.program("onnxruntime_perf_test", adb_stand_in.PERF_TEST)
    return AndroidCollector(folder, runner=runner, serial=None, threads=1, plan=PLAN)


def on_a_mac(folder: Path, patch: pytest.MonkeyPatch) -> Collector:
    coremltools_stand_in.install(folder / "library", patch)
    models = coremltools_stand_in.StandInModels(folder)
    return CoreMLCollector(models, compute_units="ALL", phone=None, plan=PLAN, device="test")


def at_the_ai_hub(folder: Path, patch: pytest.MonkeyPatch) -> Collector:
    qai_hub_stand_in.install(patch)
    return qai_hub_stand_in.collector(folder, TINY)


COLLECTORS: dict[str, Callable[[Path, pytest.MonkeyPatch], Collector]] = {
    "fake": fake,
    "browser": in_a_browser,
    "onnxruntime": on_this_machine,
    "executorch": by_executorch,
    "litert": by_litert,
    "android": on_a_phone,
    "coreml": on_a_mac,
    "aihub": at_the_ai_hub,
}


@pytest.fixture(params=COLLECTORS, scope="module")
def collector(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Collector]:
    with pytest.MonkeyPatch.context() as patch:
        made = COLLECTORS[request.param](tmp_path_factory.mktemp("models"), patch)
        yield made
        made.close()


def job_of(network: MobileViTSpec) -> TimingJob:
    job = MeasurementProtocol([REFERENCE], network).next_job(after(0))
    assert job is not None
    return job


def test_a_job_gives_its_measurement(collector: Collector) -> None:
    job = job_of(TINY)
    collector.prepare([TINY])
    record = collector.measure(job)
    assert job.is_answered_by(record)
    assert record.target == collector.target


def test_a_network_is_the_same_file_whenever_it_is_measured(collector: Collector) -> None:
    first = collector.measure(job_of(TINY)).model_sha256  # not prepared: no error, only later
    collector.release([TINY])
    assert collector.measure(job_of(TINY)).model_sha256 == first


def test_what_is_not_there_may_be_released(collector: Collector) -> None:
    collector.release([TINY])
    collector.release([TINY])
    collector.prepare([TINY])
    assert job_of(TINY).is_answered_by(collector.measure(job_of(TINY)))
