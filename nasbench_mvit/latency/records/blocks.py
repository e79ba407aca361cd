"""Blocks: a few candidates between two timings of the reference network, which must agree.

A device that heats up, throttles or is shared drifts by more than networks differ. If the reference
takes another time after the block than before it, the timings in between are unreliable, and the
block is rejected.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from nasbench_mvit.latency.records.record import Measurement, TimingRole

MAX_CANDIDATES = 5
MAX_BRACKET_GAP = 0.10
# An older timing of the reference, as from before a phone was locked, is out of date.
MAX_DURATION = timedelta(minutes=10)


@dataclass(frozen=True)
class Block:
    """The measurements of one block so far.

    Attributes:
        number: running number in the file.
        pass_number: the pass that it belongs to.
        opening: the reference before the candidates; missing only if a line was removed.
        candidates: the candidates in the order of timing.
        closing: the reference after them, None while the block is unfinished or was abandoned.
    """

    number: int
    pass_number: int
    opening: Measurement | None
    candidates: tuple[Measurement, ...]
    closing: Measurement | None

    @property
    def gap(self) -> float | None:
        """The difference of the two references' 10th percentiles, relative to the lower one.

        The 10th percentile is the most repeatable statistic on a shared machine.
        """
        if self.opening is None or self.closing is None:
            return None
        return relative_gap(self.opening.p10_ms, self.closing.p10_ms)

    @property
    def rejection(self) -> str | None:
        """The reason why the block is rejected; None if it is accepted or unfinished."""
        if self.opening is None or self.closing is None or self.gap is None:
            return None
        if self.gap > MAX_BRACKET_GAP:
            return (
                f"the reference took {self.opening.p10_ms:.3g} ms before and "
                f"{self.closing.p10_ms:.3g} ms after it, {self.gap:.0%} apart"
            )
        duration = self.closing.measured_at - self.opening.measured_at
        if not timedelta(0) <= duration <= MAX_DURATION:
            minutes = duration.total_seconds() / 60
            return f"{minutes:.0f} minutes lie between its brackets"
        return None

    @property
    def is_accepted(self) -> bool:
        """Whether the block is finished and not rejected."""
        return None not in (self.opening, self.closing) and self.rejection is None


def relative_gap(one: float, other: float) -> float:
    """Return the difference of two positive numbers, relative to the lower one."""
    return max(one, other) / min(one, other) - 1


def blocks_of(records: Iterable[Measurement]) -> list[Block]:
    """Return the blocks of a file, by number."""
    grouped: dict[int, list[Measurement]] = {}
    for record in records:
        grouped.setdefault(record.block, []).append(record)
    return [_block(number, grouped[number]) for number in sorted(grouped)]


def _block(number: int, records: list[Measurement]) -> Block:
    references = [record for record in records if record.role is TimingRole.REFERENCE]
    return Block(
        number=number,
        pass_number=records[0].pass_number,
        opening=next((record for record in references if record.position == 0), None),
        candidates=tuple(record for record in records if record.role is TimingRole.CANDIDATE),
        closing=next((record for record in references if record.position > 0), None),
    )
