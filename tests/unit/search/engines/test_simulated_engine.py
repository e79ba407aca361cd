"""An engine on a clock of its own."""

import pytest
from fakes import ArithmeticEvaluator, curve_of

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.engines.contract import Event, Finished, Job, Progressed
from nasbench_mvit.search.engines.simulated import SimulatedEngine

XXS, S = published("mobilevit_xxs"), published("mobilevit_s")


def drain(engine: SimulatedEngine) -> list[tuple[float, Event]]:
    events = []
    while batch := engine.wait(0.0):
        events += [(engine.seconds, event) for event in batch]
    return events


def test_jobs_side_by_side_take_the_time_of_one() -> None:
    engine = SimulatedEngine(ArithmeticEvaluator(), workers=2)
    engine.submit(Job(0, 0, XXS))
    engine.submit(Job(1, 0, S))
    events = drain(engine)
    assert engine.seconds == curve_of(XXS, 0)[-1].cpu_seconds == curve_of(S, 0)[-1].cpu_seconds
    assert [seconds for seconds, _ in events] == sorted(seconds for seconds, _ in events)


def test_a_job_begins_when_it_is_submitted() -> None:
    engine = SimulatedEngine(ArithmeticEvaluator(), workers=1)
    engine.submit(Job(0, 0, XXS))
    drain(engine)
    half_time = engine.seconds
    engine.submit(Job(1, 0, S))
    events = drain(engine)
    assert engine.seconds == 2 * half_time
    began = [at - e.report.cpu_seconds for at, e in events if isinstance(e, Progressed)]
    assert began == pytest.approx([half_time] * len(began))
    assert isinstance(events[-1][1], Finished)


def test_what_was_closed_is_forgotten() -> None:
    engine = SimulatedEngine(ArithmeticEvaluator(), workers=1)
    engine.submit(Job(0, 0, XXS))
    engine.close()
    assert engine.wait(0.0) == []
