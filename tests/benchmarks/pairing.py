"""Timing in turns: what is compared runs in the same round, and only ratios within a round count.

A machine that slows down for a while slows all works of a round alike, so the ratio stays. The
order rotates from round to round, for no work always to follow the same one.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Work = Callable[[], object]
Clock = Callable[[], float]

WARM_UPS = 2


@dataclass(frozen=True)
class Spread:
    """The middle of repeated measurements and their quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Summarise two measurements or more."""
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)


def clock_for(threads: int) -> Clock:
    """Return the clock that counts the seconds of so many threads.

    Of one thread it is the time of the processor, in which work of others on the machine does not
    count; threads that wait for each other need the time on the wall.
    """
    return time.process_time if threads == 1 else time.perf_counter


def take_turns(works: Mapping[str, Work], rounds: int, clock: Clock) -> dict[str, list[float]]:
    """Return the seconds each work took in every round, after some rounds to warm up."""
    names = list(works)
    for _ in range(WARM_UPS):
        for name in names:
            works[name]()
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            began = clock()
            works[name]()
            seconds[name].append(clock() - began)
    return seconds


def times_faster(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Return how many times as long theirs took as ours, round by round."""
    return Spread.of([other / own for own, other in zip(ours, theirs, strict=True)])
