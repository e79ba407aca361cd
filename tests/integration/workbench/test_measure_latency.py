"""measure_latency as a function: sources of networks, what it returns and what it tells."""

import json
from pathlib import Path

from measuring import NETWORK, FakeCollector, fake_target, networks

from nasbench_mvit.latency.records.blocks import Block
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.plan import read_plan
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.record import Measurement, TimingRole
from nasbench_mvit.workbench.measurements.measure import measure_latency
from nasbench_mvit.workbench.measurements.observer import MeasurementObserver, MeasurementStart
from nasbench_mvit.workbench.measurements.sources import SpaceSample
from nasbench_mvit.workbench.shared.completion import Completion


class Heard(MeasurementObserver):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.starts: list[MeasurementStart] = []
        self.visits: list[Measurement] = []
        self.failures: list[str] = []
        self.blocks: list[MeasurementProgress] = []

    def started(self, start: MeasurementStart) -> None:
        self.starts.append(start)

    def measured(self, measurement: Measurement) -> None:
        self.visits.append(measurement)

    def failed(self, job: TimingJob, reason: str) -> None:
        self.failures.append(f"{job.spec.id} {reason}")

    def ended(self, block: Block, progress: MeasurementProgress) -> None:
        del block
        self.blocks.append(progress)


def test_networks_of_several_sources(tmp_path: Path) -> None:
    file = tmp_path / "networks.json"
    file.write_text(json.dumps([spec.to_dict() for spec in networks(2)]))
    sample = SpaceSample(size=3, space="mobilevit_debug", is_alone=True)
    run_dir = tmp_path / "run"
    target = fake_target(FakeCollector())()
    found = measure_latency([NETWORK, file, sample], target, run_dir=run_dir)
    assert found.completion is Completion.DONE
    origins = [network.origin for network in read_plan(run_dir, 0).networks]
    assert origins == ["given", "file", "file", "sample", "sample", "sample"]
    assert [latency.spec for latency in found.latencies if latency.spec == NETWORK] == [NETWORK]
    assert found.table == run_dir / "latencies.csv"
    again = measure_latency([], target, run_dir=run_dir)
    assert len(again.latencies) == len(origins)


def test_an_observer_hears_every_visit_failure_and_block(tmp_path: Path) -> None:
    broken, *others = networks(4)
    heard = Heard()
    target = fake_target(FakeCollector(broken=frozenset({broken.id})))()
    measure_latency([broken, *others], target, run_dir=tmp_path, passes=1, observer=heard)
    (start,) = heard.starts
    assert (start.num_networks, start.visits, start.total) == (4, 0, 4)
    visited = [visit.spec_id for visit in heard.visits if visit.role is TimingRole.CANDIDATE]
    assert sorted(visited) == sorted(spec.id for spec in others)
    assert set(heard.failures) == {f"{broken.id} it is broken"}
    assert heard.blocks[-1].visits == len(others)


def test_what_was_finished_is_kept(tmp_path: Path) -> None:
    target = fake_target(FakeCollector(stop_after=2))()
    found = measure_latency(networks(3), target, run_dir=tmp_path)
    assert found.completion is Completion.INTERRUPTED
    assert found.records.read_text().count("\n") == 2
    assert found.table is None
