"""An engine on a clock of its own."""

import pytest
from fakes import ArithmeticEvaluator, curve_of

from nasbench_mvit.architecture.published import published
from nasbench_mvit.errors import StudyError, TableError
from nasbench_mvit.search.engines.contract import Event, Failed, Finished, Job, Progressed
from nasbench_mvit.search.engines.simulated import SimulatedEngine
from nasbench_mvit.training.proxy.result import NonFiniteLossError, TrainingResult

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


@pytest.mark.parametrize(
    ("error", "reason", "is_final"),
    [
        (NonFiniteLossError("loss", step=3, learning_rate=1e-3), "loss", True),
        (TableError("the table holds no such network."), "no such network", False),
        (StudyError("not now."), "not now", False),
        (MemoryError(), "out of memory", False),
        (ValueError("a fault"), "ValueError: a fault", False),
    ],
)
def test_an_error_counts_as_in_a_worker_process(
    error: Exception, reason: str, *, is_final: bool
) -> None:
    def evaluate(spec: object, seed: int, report: object) -> TrainingResult:
        del spec, seed, report
        raise error

    engine = SimulatedEngine(evaluate, workers=1)
    engine.submit(Job(0, 0, XXS))
    ((_, event),) = drain(engine)
    assert isinstance(event, Failed)
    assert reason in event.reason
    assert event.is_final is is_final
    assert engine.seconds == 0.0
