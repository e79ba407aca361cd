"""How a run is timed: warm-up until the times no longer fall, then samples of equally many runs.

Standard library alone, for processes that should load little beside what they time.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

NS_PER_MS = 1e6
DIGITS = 6  # of a millisecond: whole nanoseconds
TICK_READINGS = 200
# A sample spans many ticks of the clock, so that reading it adds less than a percent.
TICKS_PER_SAMPLE = 100
WINDOW = 3
STILL_FALLING = 0.97
MIN_SAMPLES = 5


@dataclass(frozen=True)
class TimingPlan:
    """The duration and the number of samples of timing one network.

    Attributes:
        seconds: all samples together take about this long, and warm-up at most as long.
        min_sample_ms: runs shorter than this are timed several at a time.
        max_samples: no more than these are taken.
    """

    seconds: float
    min_sample_ms: float = 5.0
    max_samples: int = 1_000


@dataclass(frozen=True)
class TimedRuns:
    """The samples and the warm-up of a timing; see ``latency.records.record.Timing``."""

    samples_ms: list[float]
    runs_per_sample: int
    timer_tick_ms: float
    warmup_runs: int
    warmup_stable: bool


def time_runs(
    run: Callable[[], object],
    plan: TimingPlan,
    clock_ns: Callable[[], int] = time.perf_counter_ns,
) -> TimedRuns:
    """Time ``run`` by ``clock_ns``."""
    tick_ms = timer_tick_ms(clock_ns)
    warmup, is_stable = _warm_up(run, plan, clock_ns)
    target_ms = max(plan.min_sample_ms, TICKS_PER_SAMPLE * tick_ms)
    runs = max(1, math.ceil(target_ms / max(min(warmup[-WINDOW:]), tick_ms)))
    samples: list[float] = []
    spent_ms = 0.0
    while len(samples) < MIN_SAMPLES or (
        spent_ms < plan.seconds * 1e3 and len(samples) < plan.max_samples
    ):
        spent = _elapsed_ms(run, runs, clock_ns)
        spent_ms += spent
        samples.append(round(spent / runs, DIGITS))
    return TimedRuns(
        samples_ms=samples,
        runs_per_sample=runs,
        timer_tick_ms=tick_ms,
        warmup_runs=len(warmup),
        warmup_stable=is_stable,
    )


def runs_to_fill(plan: TimingPlan, probe_ms: Sequence[float]) -> int:
    """Return the number of runs that a program on another device is to time, warm-up included.

    Args:
        plan: how long.
        probe_ms: a few runs, timed before.
    """
    samples = math.ceil(plan.seconds * 1e3 / min(probe_ms))
    return 2 * WINDOW + min(max(samples, MIN_SAMPLES), plan.max_samples)


def after_warm_up(times_ms: Sequence[float], *, tick_ms: float) -> TimedRuns:
    """Take as samples what follows the warm-up; as in ``time_runs``, it takes half at most.

    Args:
        times_ms: single runs that a program on another device timed, in order.
        tick_ms: step of that program's clock, or of the figures it prints.
    """
    half = len(times_ms) // 2
    warm = next((count for count in range(1, half + 1) if _is_warm(times_ms[:count])), None)
    count = half if warm is None else warm
    return TimedRuns(
        samples_ms=[round(time_ms, DIGITS) for time_ms in times_ms[count:]],
        runs_per_sample=1,
        timer_tick_ms=tick_ms,
        warmup_runs=count,
        warmup_stable=warm is not None,
    )


def timer_tick_ms(clock_ns: Callable[[], int]) -> float:
    """Return the smallest step of a clock, by reading it until it has moved many times."""
    steps: list[int] = []
    before = clock_ns()
    while len(steps) < TICK_READINGS:
        now = clock_ns()
        if now > before:
            steps.append(now - before)
            before = now
    return round(min(steps) / NS_PER_MS, DIGITS)


def _warm_up(
    run: Callable[[], object], plan: TimingPlan, clock_ns: Callable[[], int]
) -> tuple[list[float], bool]:
    """Run until the last few runs are no faster than those before; return milliseconds a run."""
    times: list[float] = []
    while len(times) < WINDOW or sum(times) < plan.seconds * 1e3:
        times.append(_elapsed_ms(run, 1, clock_ns))
        if _is_warm(times):
            return times, True
    return times, False


def _is_warm(times: Sequence[float]) -> bool:
    before, last = times[:-WINDOW], times[-WINDOW:]
    return len(before) >= WINDOW and min(last) >= STILL_FALLING * min(before)


def _elapsed_ms(run: Callable[[], object], runs: int, clock_ns: Callable[[], int]) -> float:
    start = clock_ns()
    for _ in range(runs):
        run()
    return (clock_ns() - start) / NS_PER_MS
