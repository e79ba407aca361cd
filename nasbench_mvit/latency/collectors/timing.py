"""How a run is timed: warm-up until the times no longer fall, then samples of equally many runs.

Standard library alone, for processes that should load little beside what they time.
"""

import math
import time
from collections.abc import Callable
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
    """How long to time one network.

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
    """What was timed; see ``latency.record.Timing``."""

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
        before, last = times[:-WINDOW], times[-WINDOW:]
        if len(before) >= WINDOW and min(last) >= STILL_FALLING * min(before):
            return times, True
    return times, False


def _elapsed_ms(run: Callable[[], object], runs: int, clock_ns: Callable[[], int]) -> float:
    start = clock_ns()
    for _ in range(runs):
        run()
    return (clock_ns() - start) / NS_PER_MS
