"""What every collector keeps to. A new one joins with a line in ``COLLECTORS``."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from measuring import REFERENCE, FakeCollector, after
from tiny_training import tiny_spec

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.collectors.contract import Collector
from nasbench_mvit.latency.collectors.onnxruntime import OnnxRuntimeCollector
from nasbench_mvit.latency.collectors.timing import TimingPlan
from nasbench_mvit.latency.job import Job
from nasbench_mvit.latency.protocol import MeasurementProtocol
from nasbench_mvit.latency.record import Timing

TINY = tiny_spec()


def on_this_machine(folder: Path) -> Collector:
    return OnnxRuntimeCollector(folder, threads=1, plan=TimingPlan(seconds=0.01), device="test")


COLLECTORS: dict[str, Callable[[Path], Collector]] = {
    "fake": lambda _folder: FakeCollector(),
    "onnxruntime": on_this_machine,
}


@pytest.fixture(params=COLLECTORS, scope="module")
def collector(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Collector]:
    made = COLLECTORS[request.param](tmp_path_factory.mktemp("models"))
    yield made
    made.close()


def job_of(network: MobileViTSpec) -> Job:
    job = MeasurementProtocol([REFERENCE], network).next_job(after(0))
    assert job is not None
    return job


def test_a_timing_makes_a_measurement(collector: Collector) -> None:
    job = job_of(TINY)
    collector.prepare([TINY])
    timing = collector.measure(job)
    assert isinstance(timing, Timing)
    record = job.record(timing, collector.target, after(1))
    assert record.spec == TINY


def test_a_network_is_the_same_file_whenever_it_is_measured(collector: Collector) -> None:
    first = collector.measure(job_of(TINY)).model_sha256  # not prepared: no error, only later
    collector.release([TINY])
    assert collector.measure(job_of(TINY)).model_sha256 == first


def test_what_is_not_there_may_be_released(collector: Collector) -> None:
    collector.release([TINY])
    collector.release([TINY])
