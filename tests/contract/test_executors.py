"""What every executor must do; a new one joins with a line in ``EXECUTORS``."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from fakes import FRACTIONS, ArithmeticEvaluator, InlineExecutor, curve_of
from ray_nodes import head_node

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.engines.contract import (
    End,
    Event,
    Executor,
    Failed,
    Finished,
    Job,
    Progressed,
    Stopped,
)
from nasbench_mvit.search.engines.local import LocalEngine
from nasbench_mvit.search.engines.ray.cluster import Cluster
from nasbench_mvit.search.engines.ray.engine import RayEngine
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.engines.simulated import SimulatedEngine

PATIENCE_S = 120
SMALL, MEDIUM, LARGE = (published(f"mobilevit_{size}") for size in ("xxs", "xs", "s"))
RUNGS = (2 / FRACTIONS, 4 / FRACTIONS)
EVALUATOR = ArithmeticEvaluator(diverging=frozenset({MEDIUM.id}))

Factory = Callable[[], Executor]
EXECUTORS: dict[str, Factory] = {
    "local": lambda: LocalEngine(EVALUATOR, workers=2),
    "simulated": lambda: SimulatedEngine(EVALUATOR, workers=2),
    "inline": lambda: InlineExecutor(EVALUATOR, slots=2),
}
RAY = "ray"


class StayingRayEngine(RayEngine):
    """Serves all tests, since its workers start in seconds."""

    def close(self) -> None:
        """Stay for the next test."""


@pytest.fixture(scope="module")
def ray_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    storage = str(tmp_path_factory.mktemp("checkpoints"))
    with head_node() as nodes:
        options = RayOptions(address=nodes.address, storage_path=storage, trials_at_once=2)
        with closing(Cluster(options)) as cluster:
            yield StayingRayEngine(cluster, EVALUATOR)


@pytest.fixture(params=[*EXECUTORS, RAY])
def factory(request: pytest.FixtureRequest) -> Factory:
    if request.param == RAY:
        return lambda: request.getfixturevalue("ray_engine")
    return EXECUTORS[request.param]


def collect(executor: Executor, jobs: int) -> list[Event]:
    events: list[Event] = []
    deadline = time.monotonic() + PATIENCE_S
    while sum(isinstance(event, End) for event in events) < jobs:
        assert time.monotonic() < deadline, f"only {events}"
        events += executor.wait(1.0)
    return events


def collect_to_rung(executor: Executor, jobs: int = 1) -> list[Event]:
    """Wait until so many jobs stand still at a rung."""
    events: list[Event] = []
    deadline = time.monotonic() + PATIENCE_S
    while sum(isinstance(event, Progressed) and event.awaits_answer for event in events) < jobs:
        assert time.monotonic() < deadline, f"only {events}"
        events += executor.wait(1.0)
    return events


def reported(events: list[Event], job: Job) -> tuple[float, ...]:
    mine = [event for event in events if event.job == job]
    return tuple(event.report.fraction for event in mine if isinstance(event, Progressed))


def test_each_job_reports_its_fractions_and_finishes_once(factory: Factory) -> None:
    jobs = [Job(0, 0, SMALL), Job(1, 3, LARGE)]
    with closing(factory()) as executor:
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
    with closing(factory()) as executor:
        executor.submit(Job(0, 0, MEDIUM))
        executor.submit(Job(1, 0, LARGE))
        ends = {e.job.trial: e for e in collect(executor, 2) if not isinstance(e, Progressed)}
    assert isinstance(ends[0], Failed)
    assert "not finite" in ends[0].reason
    assert isinstance(ends[1], Finished)


def test_a_slot_is_used_again(factory: Factory) -> None:
    with closing(factory()) as executor:
        for number in range(3):
            executor.submit(Job(number, 0, SMALL))
            assert isinstance(collect(executor, 1)[-1], Finished)


def test_a_job_waits_at_each_rung_until_it_is_told_to_go_on(factory: Factory) -> None:
    job = Job(0, 0, SMALL, RUNGS)
    with closing(factory()) as executor:
        executor.submit(job)
        events: list[Event] = []
        for rung in RUNGS:
            events += collect_to_rung(executor)
            assert reported(events, job)[-1] == rung
            assert executor.wait(0.1) == []  # it stands still
            executor.answer(job, goes_on=True)
        events += collect(executor, 1)
    assert isinstance(events[-1], Finished)
    assert events[-1].result.curve == curve_of(SMALL, 0)
    assert reported(events, job) == tuple(part / FRACTIONS for part in range(1, FRACTIONS + 1))


def test_a_job_told_to_end_at_a_rung_computes_no_further_and_frees_its_slot(
    factory: Factory,
) -> None:
    stopped, other = Job(0, 0, SMALL, RUNGS), Job(1, 0, LARGE, RUNGS)
    with closing(factory()) as executor:
        executor.submit(stopped)
        executor.submit(other)
        events = collect_to_rung(executor, 2)
        executor.answer(stopped, goes_on=False)
        executor.answer(other, goes_on=True)
        events += collect_to_rung(executor)
        if Stopped(stopped) not in events:
            events += collect(executor, 1)
        assert Stopped(stopped) in events
        assert reported(events, stopped)[-1] == RUNGS[0]
        executor.answer(stopped, goes_on=True)  # too late, and without effect
        third = Job(2, 0, SMALL)
        executor.submit(third)
        executor.answer(other, goes_on=True)
        ends = {event.job: event for event in collect(executor, 2) if isinstance(event, End)}
    assert isinstance(ends[other], Finished)
    assert isinstance(ends[third], Finished)


def test_a_worker_killed_at_a_rung_fails_its_job() -> None:
    job = Job(0, 0, SMALL, RUNGS)
    with closing(LocalEngine(ArithmeticEvaluator(), workers=1)) as engine:
        engine.submit(job)
        collect_to_rung(engine)
        (worker,) = multiprocessing.active_children()
        worker.kill()
        worker.join(PATIENCE_S)
        engine.answer(job, goes_on=True)
        (failed,) = collect(engine, 1)
        assert isinstance(failed, Failed)
        assert not failed.is_final
        engine.submit(Job(1, 0, LARGE))
        assert isinstance(collect(engine, 1)[-1], Finished)


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
