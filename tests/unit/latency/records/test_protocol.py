import itertools
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measuring import NETWORK, REFERENCE, TARGET, after, measurement, networks, timing

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.records.blocks import MAX_CANDIDATES, MAX_DURATION, Block, blocks_of
from nasbench_mvit.latency.records.estimator import Estimator, latencies
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.protocol import MAX_FAILURES, MAX_REJECTIONS, MeasurementProtocol
from nasbench_mvit.latency.records.record import Measurement, TimingRole

TWELVE = networks(12)


class Bench:
    """A device that answers at once; its reference takes 5 ms unless told otherwise."""

    def __init__(
        self,
        candidates: list[MobileViTSpec] = TWELVE,
        *,
        passes: int = 2,
        broken: frozenset[str] = frozenset(),
        reference_ms: Callable[[TimingJob], float] = lambda _: 5.0,
    ) -> None:
        self.records: list[Measurement] = []
        self.jobs: list[TimingJob] = []
        self.ended: list[Block] = []
        self._candidates = candidates
        self._passes = passes
        self._broken = broken
        self._reference_ms = reference_ms
        self._clock = map(after, itertools.count())
        self.protocol = self.open()

    def open(self, candidates: list[MobileViTSpec] | None = None) -> MeasurementProtocol:
        """Go on from the records alone, as a new process would."""
        self._candidates = candidates or self._candidates
        self.protocol = MeasurementProtocol(
            self._candidates, REFERENCE, self.records, passes=self._passes
        )
        return self.protocol

    def now(self) -> datetime:
        return next(self._clock)

    def step(self) -> bool:
        """Do one job; say whether there was one."""
        job = self.protocol.next_job(self.now())
        if job is None:
            return False
        self.jobs.append(job)
        if job.spec.id in self._broken and job.role is TimingRole.CANDIDATE:
            self.protocol.fail("broken")
            return True
        ms = self._reference_ms(job) if job.role is TimingRole.REFERENCE else 10.0
        record = job.record(timing(ms), TARGET, self.now())
        self.records.append(record)
        if block := self.protocol.complete(record):
            self.ended.append(block)
        return True

    def finish(self) -> None:
        for _ in range(1000):
            if not self.step():
                return
        raise AssertionError("the protocol does not end")


def visits(records: list[Measurement]) -> Counter[tuple[int, str]]:
    return Counter(
        (block.pass_number, record.spec_id)
        for block in blocks_of(records)
        if block.is_accepted
        for record in block.candidates
    )


def test_every_pass_visits_every_network_once_in_bracketed_blocks() -> None:
    bench = Bench()
    bench.finish()
    assert visits(bench.records) == Counter(
        (number, network.id) for number in (1, 2) for network in TWELVE
    )
    for block in blocks_of(bench.records):
        assert block.is_accepted
        assert 1 <= len(block.candidates) <= MAX_CANDIDATES
    assert bench.ended == blocks_of(bench.records)
    assert len(bench.ended) == 2 * -(-len(TWELVE) // MAX_CANDIDATES)
    assert len({job.id for job in bench.jobs}) == len(bench.jobs)
    progress = bench.protocol.progress()
    assert (progress.visits, progress.total) == (24, 24)


def test_orders_are_random_and_differ_between_passes() -> None:
    bench = Bench()
    bench.finish()
    orders = [
        [
            job.spec.id
            for job in bench.jobs
            if job.pass_number == n and job.role is TimingRole.CANDIDATE
        ]
        for n in (1, 2)
    ]
    given_order = [network.id for network in TWELVE]
    assert orders[0] != orders[1]
    assert given_order not in orders
    again = Bench()
    again.finish()
    assert again.jobs == bench.jobs


def test_a_job_is_handed_out_until_it_is_answered() -> None:
    protocol = Bench().protocol
    job = protocol.next_job(after(0))
    assert job is not None
    assert job.opens_block
    assert protocol.next_job(after(5)) is job
    with pytest.raises(MeasurementError, match="the current job is 1-0"):
        protocol.complete(measurement(NETWORK))
    assert protocol.next_job(after(6)) is job


def test_an_answer_to_no_job_is_refused() -> None:
    protocol = Bench().protocol
    with pytest.raises(MeasurementError, match="the current job is none"):
        protocol.complete(measurement(REFERENCE))
    with pytest.raises(MeasurementError, match="no current job"):
        protocol.fail("broken")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 12), max_size=8))
def test_a_kill_anywhere_loses_nothing(session_lengths: list[int]) -> None:
    whole = Bench()
    whole.finish()
    bench = Bench()
    for steps in session_lengths:
        for _ in range(steps):
            bench.step()
        bench.open()
    bench.finish()
    assert [job.id for job in bench.jobs] == [job.id for job in whole.jobs]


def test_a_rejected_block_is_repeated() -> None:
    bench = Bench(reference_ms=lambda job: 6.0 if (job.block, job.position) == (2, 0) else 5.0)
    bench.finish()
    rejected, repeated = bench.ended[1], bench.ended[2]
    assert "6 ms before and 5 ms after it, 20% apart" in str(rejected.rejection)
    assert [r.spec_id for r in rejected.candidates] == [r.spec_id for r in repeated.candidates]
    assert set(visits(bench.records).values()) == {1}
    assert list(bench.protocol.progress().rejected) == [2]
    assert len(latencies(bench.records, Estimator())) == len(TWELVE)


def test_repeats_have_a_limit_and_what_it_ends_is_reported() -> None:
    bench = Bench(reference_ms=lambda job: 5.0 if job.opens_block else 6.0)
    bench.finish()
    progress = bench.protocol.progress()
    assert progress.visits == 0
    assert progress.unsettled == {network.id for network in TWELVE}
    counts = Counter(job.spec.id for job in bench.jobs if job.role is TimingRole.CANDIDATE)
    assert set(counts.values()) == {2 * MAX_REJECTIONS}
    assert bench.open().progress().unsettled == frozenset()  # the same command tries again
    assert bench.step()


def test_a_network_that_fails_is_tried_again_last_and_then_given_up() -> None:
    broken = TWELVE[3].id
    bench = Bench(broken=frozenset({broken}))
    bench.finish()
    assert Counter(job.spec.id for job in bench.jobs)[broken] == MAX_FAILURES
    assert bench.protocol.progress().failed == {broken: "broken"}
    assert len(visits(bench.records)) == 2 * (len(TWELVE) - 1)
    first_pass = [job for job in bench.jobs if job.pass_number == 1]
    tries = [place for place, job in enumerate(first_pass) if job.spec.id == broken]
    others = [
        place
        for place, job in enumerate(first_pass)
        if job.role is TimingRole.CANDIDATE and job.spec.id != broken
    ]
    assert max(tries) > max(others)
    assert bench.open().next_job(bench.now()) is not None  # the same command tries again


def test_a_block_of_nothing_but_failures_needs_no_end() -> None:
    bench = Bench([NETWORK], broken=frozenset({NETWORK.id}))
    bench.finish()
    assert [record.position for record in bench.records] == [0]
    assert bench.protocol.progress().failed == {NETWORK.id: "broken"}


def test_without_a_reference_nothing_can_be_measured() -> None:
    protocol = Bench().protocol
    for _ in range(MAX_FAILURES - 1):
        protocol.next_job(after(0))
        protocol.fail("no memory")
    protocol.next_job(after(0))
    with pytest.raises(MeasurementError, match=r"reference network .* no memory"):
        protocol.fail("no memory")


def test_networks_may_be_added() -> None:
    bench = Bench(TWELVE[:4])
    bench.finish()
    before = list(bench.records)
    bench.open(TWELVE)
    bench.finish()
    assert bench.records[: len(before)] == before
    assert set(visits(bench.records).values()) == {1}
    assert len(visits(bench.records)) == 2 * len(TWELVE)


def test_passes_may_be_added_and_fewer_are_done_already() -> None:
    bench = Bench(passes=1)
    for _ in range(3):
        bench.step()
    one = Bench(passes=3)
    one.records = bench.records
    one.open()
    one.finish()
    assert {number for number, _ in visits(one.records)} == {1, 2, 3}
    again = Bench(passes=1)
    again.records = one.records
    assert again.open().next_job(after(0)) is None


def test_an_open_block_of_a_pass_not_asked_for_is_left() -> None:
    bench = Bench(TWELVE[:1])
    for _ in range(4):
        bench.step()
    assert bench.records[-1].pass_number == 2
    fewer = MeasurementProtocol(TWELVE[:1], REFERENCE, bench.records, passes=1)
    assert fewer.next_job(bench.now()) is None


def test_a_block_left_for_long_is_begun_anew() -> None:
    bench = Bench()
    for _ in range(3):
        bench.step()
    late = MAX_DURATION.total_seconds() + 60
    job = bench.open().next_job(after(late))
    assert job is not None
    assert (job.block, job.position) == (2, 0)
    soon = bench.open().next_job(bench.now())
    assert soon is not None
    assert (soon.block, soon.position) == (1, 3)


def test_the_reference_may_be_a_candidate_too() -> None:
    bench = Bench([REFERENCE, NETWORK])
    bench.finish()
    assert len(visits(bench.records)) == 4


def test_upcoming_are_the_networks_of_the_next_block() -> None:
    bench = Bench()
    upcoming = bench.protocol.upcoming()
    for _ in range(MAX_CANDIDATES + 2):
        bench.step()
    assert [job.spec for job in bench.jobs] == [*upcoming, REFERENCE]
    bench.finish()
    assert bench.protocol.upcoming() == []


def test_no_networks_or_another_reference_is_one_message() -> None:
    with pytest.raises(MeasurementError, match="no networks"):
        MeasurementProtocol([], REFERENCE)
    with pytest.raises(MeasurementError, match="another `run_dir=`"):
        MeasurementProtocol(TWELVE, NETWORK, [measurement(REFERENCE)])
