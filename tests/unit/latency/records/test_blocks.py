from datetime import timedelta

import pytest
from measuring import NETWORK, block, networks

from nasbench_mvit.latency.records.blocks import MAX_DURATION, blocks_of


@pytest.mark.parametrize(
    ("brackets", "is_accepted"),
    [((5.0, 5.0), True), ((5.0, 5.49), True), ((5.49, 5.0), True), ((5.0, 5.6), False)],
)
def test_a_block_counts_where_its_brackets_agree(
    brackets: tuple[float, float], *, is_accepted: bool
) -> None:
    (one,) = blocks_of(block(1, {NETWORK: 10.0}, brackets=brackets))
    assert one.is_accepted is is_accepted
    assert (one.rejection is None) is is_accepted
    assert one.gap == pytest.approx(max(brackets) / min(brackets) - 1)


def test_a_block_without_an_end_does_not_count_nor_is_it_rejected() -> None:
    records = block(1, {NETWORK: 10.0})
    for part in (records[:-1], records[1:]):
        (one,) = blocks_of(part)
        assert not one.is_accepted
        assert one.rejection is None
        assert one.gap is None


@pytest.mark.parametrize("seconds", [-1000.0, MAX_DURATION.total_seconds() + 1])
def test_brackets_must_be_near_in_time(seconds: float) -> None:
    records = block(1, {NETWORK: 10.0})
    late = records[0].measured_at + timedelta(seconds=seconds)
    records[-1] = records[-1].model_copy(update={"measured_at": late})
    (one,) = blocks_of(records)
    assert not one.is_accepted
    assert "minutes lie between" in str(one.rejection)


def test_blocks_are_told_apart_by_their_number() -> None:
    first, second = networks(2)
    records = block(2, {second: 1.0}, pass_number=2) + block(1, {first: 1.0})
    assert [(b.number, b.pass_number) for b in blocks_of(records)] == [(1, 1), (2, 2)]
    assert [b.candidates[0].spec for b in blocks_of(records)] == [first, second]
