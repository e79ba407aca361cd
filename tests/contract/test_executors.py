"""What every executor must do; a new one joins with a line in ``EXECUTORS``."""

import time
from collections.abc import Callable
from contextlib import closing

import pytest
from fakes import FRACTIONS, ArithmeticEvaluator, InlineExecutor, curve_of

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.evaluate import Evaluator
from nasbench_mvit.search.executor import Event, Executor, Failed, Finished, Job, Progressed
from nasbench_mvit.search.local_engine import LocalEngine
from nasbench_mvit.search.simulated_engine import SimulatedEngine

Factory = Callable[[Evaluator], Executor]
EXECUTORS: dict[str, Factory] = {
    "local": lambda evaluator: LocalEngine(evaluator, workers=2),
    "simulated": lambda evaluator: SimulatedEngine(evaluator, workers=2),
    "inline": lambda evaluator: InlineExecutor(evaluator, slots=2),
}
PATIENCE_S = 120
SMALL, LARGE = published("mobilevit_xxs"), published("mobilevit_s")


@pytest.fixture(params=EXECUTORS)
def factory(request: pytest.FixtureRequest) -> Factory:
    return EXECUTORS[request.param]


def collect(executor: Executor, jobs: int) -> list[Event]:
    events: list[Event] = []
    deadline = time.monotonic() + PATIENCE_S
    while sum(not isinstance(event, Progressed) for event in events) < jobs:
        assert time.monotonic() < deadline, f"only {events}"
        events += executor.wait(1.0)
    return events


def test_each_job_reports_its_fractions_and_finishes_once(factory: Factory) -> None:
    jobs = [Job(0, 0, SMALL), Job(1, 3, LARGE)]
    with closing(factory(ArithmeticEvaluator())) as executor:
        assert executor.slots == 2
        for job in jobs:
            executor.submit(job)
        events = collect(executor, 2)
    for job in jobs:
        mine = [event for event in events if event.job == job]
        reports = [event.report for event in mine if isinstance(event, Progressed)]
        assert len(reports) == FRACTIONS
        assert tuple(reports) == curve_of(job.spec, job.seed)
        assert isinstance(mine[-1], Finished)
        assert mine[-1].result.curve == tuple(reports)


def test_a_diverging_network_fails_with_its_reason_alone(factory: Factory) -> None:
    evaluator = ArithmeticEvaluator(diverging=frozenset({SMALL.id}))
    with closing(factory(evaluator)) as executor:
        executor.submit(Job(0, 0, SMALL))
        executor.submit(Job(1, 0, LARGE))
        ends = {e.job.trial: e for e in collect(executor, 2) if not isinstance(e, Progressed)}
    assert isinstance(ends[0], Failed)
    assert "not finite" in ends[0].reason
    assert isinstance(ends[1], Finished)


def test_a_slot_is_used_again(factory: Factory) -> None:
    with closing(factory(ArithmeticEvaluator())) as executor:
        for number in range(3):
            executor.submit(Job(number, 0, SMALL))
            assert isinstance(collect(executor, 1)[-1], Finished)


def test_a_killed_worker_fails_its_job_and_is_replaced() -> None:
    evaluator = ArithmeticEvaluator(deadly=frozenset({SMALL.id}))
    with closing(LocalEngine(evaluator, workers=1)) as engine:
        engine.submit(Job(0, 0, SMALL))
        (failed,) = collect(engine, 1)
        assert isinstance(failed, Failed)
        assert "SIGKILL" in failed.reason
        engine.submit(Job(1, 0, LARGE))
        assert isinstance(collect(engine, 1)[-1], Finished)


def test_closing_stops_a_running_worker() -> None:
    engine = LocalEngine(ArithmeticEvaluator(seconds=600), workers=1)
    engine.submit(Job(0, 0, SMALL))
    started = time.monotonic()
    engine.close()
    assert time.monotonic() - started < PATIENCE_S
    assert engine.wait(0.0) == []
