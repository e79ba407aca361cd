"""Blocks: a few candidates between two timings of the reference network, which must agree.

A device that heats up, throttles or is shared drifts by more than networks differ. Where the
reference takes another time after the block than before it, nothing is known of the time in
between, and the block does not count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from nasbench_mvit.latency.records.record import Measurement, Role

MAX_CANDIDATES = 5
MAX_BRACKET_GAP = 0.10
# A reference timed longer ago, as before a phone was locked, says nothing of now.
MAX_DURATION = timedelta(minutes=10)


@dataclass(frozen=True)
class Block:
    """Measurements of one block, as far as there are any.

    Attributes:
        number: running number in the file.
        pass_number: the pass it belongs to.
        opening: the reference before the candidates; missing only where a line was removed.
        candidates: in the order they were timed.
        closing: the reference after them, None while the block is not finished or was given up.
    """

    number: int
    pass_number: int
    opening: Measurement | None
    candidates: tuple[Measurement, ...]
    closing: Measurement | None

    @property
    def gap(self) -> float | None:
        """How far the brackets' 10th percentiles lie apart, relative to the lower one.

        The 10th percentile is what repeats best where others use the machine too.
        """
        if self.opening is None or self.closing is None:
            return None
        return relative_gap(self.opening.p10_ms, self.closing.p10_ms)

    @property
    def rejection(self) -> str | None:
        """Say why the block does not count; None where it does or is not finished."""
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
        """Whether its measurements count."""
        return None not in (self.opening, self.closing) and self.rejection is None


def relative_gap(one: float, other: float) -> float:
    """Return how far two positive numbers lie apart, relative to the lower one."""
    return max(one, other) / min(one, other) - 1


def blocks_of(records: Iterable[Measurement]) -> list[Block]:
    """Return the blocks of a file by their number."""
    grouped: dict[int, list[Measurement]] = {}
    for record in records:
        grouped.setdefault(record.block, []).append(record)
    return [_block(number, grouped[number]) for number in sorted(grouped)]


def _block(number: int, records: list[Measurement]) -> Block:
    references = [record for record in records if record.role is Role.REFERENCE]
    return Block(
        number=number,
        pass_number=records[0].pass_number,
        opening=next((record for record in references if record.position == 0), None),
        candidates=tuple(record for record in records if record.role is Role.CANDIDATE),
        closing=next((record for record in references if record.position > 0), None),
    )
