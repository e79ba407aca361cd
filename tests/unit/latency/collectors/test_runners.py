"""What runners on a phone print, read strictly, and runs that were timed elsewhere."""

import pytest

from nasbench_mvit.latency.collectors.android.runners import RUNNERS
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.timing import (
    MIN_SAMPLES,
    WINDOW,
    TimingPlan,
    after_warm_up,
    runs_to_fill,
)

PERF = RUNNERS["onnxruntime_perf_test"]
EXECUTOR = RUNNERS["executor_runner"]
PERF_LINES = "m,0.0123456,158171136,99,0\nm,0.01,158171136,-1,1\nm,9.5e-05,0,0,2\n"
LOG = (
    "I 00:00:00.002044 executorch:executor_runner.cpp:131] Model file m.pte is loaded.\n"
    "Iteration 1 of 3: 12.345600 ms\nIteration 2 of 3: 10.000000 ms\n"
    "I 00:00:01.0 executorch:executor_runner.cpp:9] Iteration 3 of 3: 0.095000 ms\n"
    "Model executed successfully 3 time(s) in 22.440600 ms.\n"
)


@pytest.mark.parametrize(("runner", "printed"), [(PERF, PERF_LINES), (EXECUTOR, LOG)])
def test_every_run_is_read_in_milliseconds(runner: object, printed: str) -> None:
    times = runner.times_ms(printed, runs=3)  # type: ignore[attr-defined]
    assert times == pytest.approx([12.3456, 10.0, 0.095])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.0123456", "nan"),
        ("0.0123456", "inf"),
        ("0.0123456", "-0.01"),
        ("0.0123456", "0.0"),
        ("0.0123456", "0.0.1"),
        ("0.0123456", "1e999"),
        (",99,0", ",99,7"),
        (",99,0", ",99"),
        (",99,0", ",99,0,extra"),
        ("m,0.01,", "P50 Latency: 0.01 s\nm,0.01,"),
        ("m,9.5e-05,0,0,2\n", ""),
        (PERF_LINES, ""),
    ],
)
def test_a_result_file_is_read_strictly(old: str, new: str) -> None:
    assert old in PERF_LINES
    with pytest.raises(NetworkFailedError, match=r"the runner (says|was to time)"):
        PERF.times_ms(PERF_LINES.replace(old, new, 1), runs=3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("12.345600", "nan"),
        ("12.345600", "-1.0"),
        ("12.345600", "fast"),
        ("Iteration 2 of 3", "Iteration 3 of 3"),
        ("Iteration 2 of 3", "Iteration 2 of 4"),
        ("Iteration 3 of 3: 0.095000 ms", ""),
        (LOG, "Model executed successfully 3 time(s) in 22.4 ms."),
        (LOG, ""),
    ],
)
def test_a_log_is_read_strictly(old: str, new: str) -> None:
    assert old in LOG
    with pytest.raises(NetworkFailedError, match=r"the runner (says|was to time|logs no)"):
        EXECUTOR.times_ms(LOG.replace(old, new, 1), runs=3)


def test_the_tick_is_the_last_digit_printed() -> None:
    assert PERF.tick_ms([12.3456, 10.0]) == pytest.approx(1e-4)
    assert EXECUTOR.tick_ms([12.3456]) == 1e-6


def test_as_many_runs_as_fill_the_time() -> None:
    plan = TimingPlan(seconds=1.0, max_samples=50)
    assert runs_to_fill(plan, [80.0, 50.0]) == 2 * WINDOW + 1000 // 50
    assert runs_to_fill(plan, [1.0]) == 2 * WINDOW + plan.max_samples
    assert runs_to_fill(plan, [1e6]) == 2 * WINDOW + MIN_SAMPLES


def test_what_follows_the_warm_up_are_samples() -> None:
    falling = [40.0, 30.0, 20.0, 10.0, 10.0, 10.0]
    timed = after_warm_up([*falling, *[10.0] * 12], tick_ms=1e-6)
    assert timed.warmup_stable
    assert timed.warmup_runs == len(falling) + 1
    assert set(timed.samples_ms) == {10.0}


def test_times_that_keep_falling_are_never_warm() -> None:
    times = [100.0 * 0.9**number for number in range(20)]
    timed = after_warm_up(times, tick_ms=1e-6)
    assert not timed.warmup_stable
    assert timed.warmup_runs == len(timed.samples_ms) == len(times) // 2
