"""What a measurement says beside what a study predicted, and of networks without a latency."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from latency_law import rows
from measuring import NETWORK, TARGET, block, networks

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.latency.fitting.measured import measured_document
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.latency.records.estimator import NetworkLatency, latencies
from nasbench_mvit.latency.records.plan import MeasurementPlan, PlannedNetwork
from nasbench_mvit.latency.records.protocol import MeasurementProtocol
from nasbench_mvit.latency.records.repeatability import assess
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.workbench.measurements.networks import Front
from nasbench_mvit.workbench.measurements.results import compare, without_latency, write_results

HERE = LatencyPredictor(measured_document("here", rows(30)))
IPHONE = load_predictor("iphone12_coreml")
SPECS = networks(4)


def row(network: Network, ms: float) -> Row:
    return Row(
        trial=0, state="complete", role="search", name=f"of {ms} ms", spec_id=network.id, top1=0.5,
        seeds=(0,), sampling_error=0.0, latency_ms=ms, latency_low_ms=ms, latency_high_ms=ms,
        latency_kind="estimated", latency_calibrated_on="measured", latency_extrapolating=False,
        params=1, macs=1, seconds=1.0, duplicate_of=None, reason="", within_limits=True,
        network=network,
    )  # fmt: skip


def front(predictor: LatencyPredictor) -> Front:
    found = tuple(row(spec, 10.0 * n) for n, spec in enumerate(SPECS, start=1))
    return Front("a study", predictor.document.name, predictor, found)


MEASURED = [NetworkLatency(spec, 11.0 * n, {1: 11.0 * n}) for n, spec in enumerate(SPECS, start=1)]


def test_on_one_target_the_gap_is_measured_above_predicted() -> None:
    found = compare(front(HERE), TARGET, MEASURED[:3])
    assert found.differences == ()
    assert [network.name for network in found.networks] == [f"of {n}0.0 ms" for n in (1, 2, 3, 4)]
    assert [network.gap for network in found.networks[:3]] == pytest.approx([0.1] * 3)
    assert (found.networks[3].measured_ms, found.networks[3].gap) == (None, None)
    assert found.rank_correlation == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"device": "iPhone 12"}, "device Test CPU predicted, iPhone 12 measured"),
        ({"runtime": "Core ML"}, "runtime onnxruntime predicted, Core ML measured"),
        ({"precision": "int8"}, "precision fp32 predicted, int8 measured"),
        ({"engine": "webgpu"}, "engine CPUExecutionProvider predicted, webgpu measured"),
        ({"threads": 4}, "threads 1 predicted, 4 measured"),
        ({"batch": 8}, "batch 1 predicted, 8 measured"),
    ],
)
def test_across_targets_nothing_is_compared(change: dict[str, Any], difference: str) -> None:
    found = compare(front(HERE), TARGET.model_copy(update=change), MEASURED)
    assert found.differences == (difference,)
    assert [network.measured_ms for network in found.networks] == [11.0, 22.0, 33.0, 44.0]
    assert {network.gap for network in found.networks} == {None}
    assert found.rank_correlation is None


def test_a_newer_system_is_no_other_target() -> None:
    newer = TARGET.model_copy(update={"os": "Linux 7", "runtime_version": "2.0"})
    assert compare(front(HERE), newer, MEASURED).differences == ()


def test_published_predictions_are_compared_by_device_and_runtime() -> None:
    phone = TARGET.model_copy(update={"device": "iPhone 12", "runtime": "Core ML"})
    assert compare(front(IPHONE), phone, MEASURED).differences == ()
    browser = phone.model_copy(update={"runtime": "onnxruntime-web"})
    (difference,) = compare(front(IPHONE), browser, MEASURED).differences
    assert difference == "runtime Core ML predicted, onnxruntime-web measured"


def test_times_stand_under_the_pass_they_are_of(tmp_path: Path) -> None:
    one, two, three = SPECS[:3]
    records = [
        *block(1, {one: 10.0, two: 20.0}),
        *block(2, {three: 29.0}, brackets=(5.0, 9.0)),  # rejected
        *block(3, {three: 30.0}, pass_number=2),
    ]
    found = assess(records)
    values = latencies(records, found.estimator)
    plan = MeasurementPlan.empty(0)
    table = pd.read_csv(write_results(tmp_path, plan, values, found, records)).set_index("spec_id")
    assert table.pass_1_ms[[one.id, two.id]].tolist() == [10.0, 20.0]
    assert table.pass_2_ms[three.id] == table.latency_ms[three.id] == 30.0
    assert table.pass_1_ms.isna()[three.id]
    assert table.pass_2_ms.isna()[[one.id, two.id]].all()


def test_every_planned_network_has_a_latency_or_a_reason() -> None:
    one, two, three, four = SPECS
    plan = MeasurementPlan.empty(0).extended(
        PlannedNetwork(spec=spec, origin=f"front: {n}") for n, spec in enumerate(SPECS)
    )
    records = block(1, {one: 10.0}) + block(2, {one: 10.0}, pass_number=2) + block(3, {two: 20.0})
    protocol = MeasurementProtocol(plan.specs, plan.reference, records, passes=2)
    progress = protocol.progress()
    failed = {three.id: "it is broken"}
    progress = type(progress)(
        visits=progress.visits, total=progress.total, rejected={}, failed=failed,
        unsettled=frozenset({four.id, one.id}),
    )  # fmt: skip
    values = latencies(records, assess(records).estimator)
    missing = without_latency(plan, values, progress)
    assert {reason: [n.origin for n in found] for reason, found in missing.items()} == {
        "not every pass has visited it yet": ["front: 1"],
        "given up, for it is broken": ["front: 2"],
        "every block with it was rejected": ["front: 3"],
    }
    assert NETWORK.id not in {n.spec.id for found in missing.values() for n in found}
