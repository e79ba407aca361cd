import errno
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from measuring import NETWORK, REFERENCE, FakeCollector, after, networks

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.records.blocks import Block
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.measure import measure
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.protocol import MAX_FAILURES, MeasurementProtocol
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.records.record_file import RecordFile, read_records

SEVEN = networks(7)


class Told:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.measurements: list[Measurement] = []
        self.failures: list[str] = []
        self.blocks: list[Block] = []

    def measured(self, measurement: Measurement) -> None:
        self.measurements.append(measurement)

    def failed(self, job: TimingJob, reason: str) -> None:
        self.failures.append(f"{job.spec.id}: {reason}")

    def ended(self, block: Block, progress: MeasurementProgress) -> None:
        self.blocks.append(block)
        assert progress.visits <= progress.total


@pytest.fixture
def file(tmp_path: Path) -> Iterator[RecordFile]:
    opened = RecordFile(tmp_path / "records.jsonl")
    yield opened
    opened.close()


def go(file: RecordFile, collector: FakeCollector, told: Told, steps: int = 1_000) -> bool:
    protocol = MeasurementProtocol(SEVEN, REFERENCE, file.records)
    left = iter(range(steps))
    clock = map(after, itertools.count())
    return measure(
        protocol,
        collector,
        file,
        told,
        is_over=lambda: next(left, None) is None,
        now=lambda: next(clock),
    )


def test_all_is_measured_stored_and_told(file: RecordFile) -> None:
    collector, told = FakeCollector(), Told()
    assert go(file, collector, told)
    assert read_records(file.path) == told.measurements
    assert len(told.blocks) == 4
    assert collector.count("measure") == len(told.measurements) == 2 * (7 + 2 * 2)
    assert collector.shown[0].visits == 0
    assert collector.shown[-1].visits == collector.shown[-1].total == 2 * 7


def test_networks_are_made_ready_before_their_block_and_dropped_after_their_last(
    file: RecordFile,
) -> None:
    collector = FakeCollector()
    go(file, collector, Told())
    ready: set[str] = set()
    for call, name in collector.calls:
        if call == "prepare":
            ready.add(name)
        elif call == "measure":
            assert name in ready
        else:
            ready.remove(name)
    assert ready == {REFERENCE.id}


def test_time_is_up_and_the_rest_comes_later(file: RecordFile) -> None:
    told = Told()
    assert not go(file, FakeCollector(), told, steps=5)
    assert len(file.records) == 5
    assert go(file, FakeCollector(), told)
    assert len({(record.block, record.position) for record in file.records}) == len(file.records)
    assert told.measurements == file.records


def test_one_network_that_fails_stops_nothing(file: RecordFile) -> None:
    told = Told()
    assert go(file, FakeCollector(broken=frozenset({SEVEN[2].id})), told)
    assert told.failures == [f"{SEVEN[2].id}: it is broken"] * MAX_FAILURES
    measured = {record.spec_id for record in file.records} - {REFERENCE.id}
    assert measured == {network.id for network in SEVEN} - {SEVEN[2].id}


def test_a_broken_reference_stops_all(file: RecordFile) -> None:
    with pytest.raises(MeasurementError, match="reference network"):
        go(file, FakeCollector(broken=frozenset({REFERENCE.id})), Told())


def test_a_full_disk_stops_and_nothing_is_told_that_is_not_stored(
    file: RecordFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    go(file, FakeCollector(), told, steps=4)
    before = file.path.read_bytes()

    def no_room(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_room)
        with pytest.raises(OSError, match="No space left"):
            go(file, FakeCollector(), told)
    assert file.path.read_bytes() == before
    assert read_records(file.path) == told.measurements
    assert go(file, FakeCollector(), told)


def test_another_target_is_not_mixed_in(file: RecordFile) -> None:
    go(file, FakeCollector(), Told(), steps=4)
    other = FakeCollector(FakeCollector().target.model_copy(update={"threads": 4}))
    with pytest.raises(MeasurementError, match="threads 1 before, 4 now"):
        file.check_target(other.target)
    with pytest.raises(MeasurementError, match="threads 1 before, 4 now"):
        go(file, other, Told())
    assert len(file.records) == 4


def test_a_fake_times_the_network_it_is_given() -> None:
    job = MeasurementProtocol([NETWORK], REFERENCE).next_job(after(0))
    assert job is not None
    assert FakeCollector().measure(job).median_ms > 0
