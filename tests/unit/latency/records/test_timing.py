import itertools
from collections.abc import Callable

import pytest

from nasbench_mvit.latency.collectors.timing import (
    MIN_SAMPLES,
    TICKS_PER_SAMPLE,
    TimingPlan,
    time_runs,
    timer_tick_ms,
)

PLAN = TimingPlan(seconds=0.5)
NS_PER_MS = 1_000_000


class Machine:
    """A clock with a tick, moved by runs and a little by every look at it."""

    def __init__(self, run_ms: Callable[[int], float], *, tick_ns: int = 100) -> None:
        self.runs = 0
        self._run_ms = run_ms
        self._tick_ns = tick_ns
        self._ns = 0.0

    def run(self) -> None:
        self._ns += self._run_ms(self.runs) * NS_PER_MS
        self.runs += 1

    def clock_ns(self) -> int:
        self._ns += 30
        return int(self._ns) // self._tick_ns * self._tick_ns


def test_steady_runs_are_timed_as_long_as_planned() -> None:
    machine = Machine(lambda _: 10.0)
    timed = time_runs(machine.run, PLAN, machine.clock_ns)
    assert timed.warmup_stable
    assert timed.runs_per_sample == 1
    assert timed.samples_ms == pytest.approx([10.0] * 50, rel=1e-4)
    assert timed.warmup_runs + len(timed.samples_ms) == machine.runs


def test_short_runs_are_timed_several_at_a_time() -> None:
    machine = Machine(lambda _: 0.2)
    timed = time_runs(machine.run, PLAN, machine.clock_ns)
    assert timed.runs_per_sample == pytest.approx(PLAN.min_sample_ms / 0.2, abs=1)
    assert timed.samples_ms == pytest.approx([0.2] * len(timed.samples_ms), rel=1e-3)


def test_a_coarse_clock_needs_longer_samples() -> None:
    machine = Machine(lambda _: 3.3, tick_ns=NS_PER_MS)
    timed = time_runs(machine.run, PLAN, machine.clock_ns)
    assert timed.timer_tick_ms == 1.0
    assert timed.runs_per_sample * 3.3 >= TICKS_PER_SAMPLE
    assert timed.samples_ms == pytest.approx([3.3] * len(timed.samples_ms), rel=0.02)


def test_warm_up_lasts_until_times_no_longer_fall() -> None:
    slow = 12
    machine = Machine(lambda run: 10.0 + max(0, slow - run))
    timed = time_runs(machine.run, PLAN, machine.clock_ns)
    assert timed.warmup_stable
    assert timed.warmup_runs > slow
    assert max(timed.samples_ms) == pytest.approx(10.0, rel=1e-3)


def test_warm_up_has_an_end_and_says_so() -> None:
    machine = Machine(lambda run: 100.0 * 0.8**run + 1)
    timed = time_runs(machine.run, PLAN, machine.clock_ns)
    assert not timed.warmup_stable


def test_a_slow_network_has_a_few_samples_all_the_same() -> None:
    machine = Machine(lambda _: 2_000.0)
    timed = time_runs(machine.run, PLAN, machine.clock_ns)
    assert len(timed.samples_ms) == MIN_SAMPLES


def test_samples_have_a_limit() -> None:
    machine = Machine(lambda _: 0.01)
    timed = time_runs(machine.run, TimingPlan(seconds=60.0, max_samples=7), machine.clock_ns)
    assert len(timed.samples_ms) == 7


@pytest.mark.parametrize("tick_ns", [100, 5_000, NS_PER_MS])
def test_the_tick_is_the_smallest_step(tick_ns: int) -> None:
    machine = Machine(lambda _: 0.0, tick_ns=tick_ns)
    assert timer_tick_ms(machine.clock_ns) == tick_ns / NS_PER_MS


def test_a_clock_that_jumps_now_and_then_has_the_smaller_tick() -> None:
    steps = itertools.cycle([100, 100, 10_000])
    now = itertools.accumulate(steps)
    assert timer_tick_ms(lambda: next(now)) == 1e-4
