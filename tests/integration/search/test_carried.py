"""Trials carried from one store to another, under other latencies or limits."""

from pathlib import Path

import pytest
from driving import Run
from fakes import ArithmeticEvaluator, InlineExecutor

from nasbench_mvit.search.loop.carried import carry_over
from nasbench_mvit.search.loop.driver import Ending
from nasbench_mvit.search.trials.record import Role, State, StoredTrial


def run_in(folder: Path, **changes: object) -> Run:
    folder.mkdir()
    return Run(folder, **changes)


def carried(old: Run, new: Run) -> InlineExecutor:
    """Carry over and finish; what was trained anew is in the executor."""
    carry_over(old.trials(), new.store(), new.candidates, new.config)
    executor = InlineExecutor(ArithmeticEvaluator())
    assert new.go(executor) in {Ending.BUDGET, Ending.EXHAUSTED}
    return executor


def by_network(run: Run) -> dict[str, StoredTrial]:
    """Return the first trial of each network."""
    return {trial.record.spec_id: trial for trial in reversed(run.trials())}


@pytest.fixture
def old(tmp_path: Path) -> Run:
    run = run_in(tmp_path / "old", trials=6)
    run.go()
    return run


def test_nothing_is_trained_twice_and_the_sampler_sees_every_network(
    old: Run, tmp_path: Path
) -> None:
    new = run_in(tmp_path / "new", trials=6, sampler="tpe")
    assert carried(old, new).submitted == []
    before, after = by_network(old), by_network(new)
    assert after.keys() == before.keys()
    for spec_id, trial in after.items():
        assert trial.state is before[spec_id].state
        assert trial.record.evaluations == before[spec_id].record.evaluations
        assert trial.record.superseded == (before[spec_id].record.latency,)
    fronts = [{tuple(t.values) for t in run.store().study.best_trials} for run in (old, new)]
    assert fronts[0] == fronts[1]


def test_a_search_trains_only_what_a_larger_budget_adds(old: Run, tmp_path: Path) -> None:
    executor = carried(old, run_in(tmp_path / "new", trials=8))
    assert len(executor.submitted) == 2


def test_what_exceeds_a_limit_is_rejected_and_its_trainings_come_back(
    old: Run, tmp_path: Path
) -> None:
    searched = [t.record for t in by_network(old).values() if t.record.role is Role.SEARCH]
    limit = sorted(record.latency.high for record in searched)[2]
    limited = run_in(tmp_path / "limited", trials=6, limits={"latency_ms": limit})
    carried(old, limited)
    over = {record.spec_id for record in searched if record.latency.high > limit}
    assert len(over) == 3
    for spec_id in over:
        trial = by_network(limited)[spec_id]
        assert trial.state is State.REJECTED
        assert "the limit is" in (trial.record.rejection or "")
        assert trial.record.evaluations == by_network(old)[spec_id].record.evaluations
    again = run_in(tmp_path / "again", trials=100)
    trained = {job.spec.id for job in carried(limited, again).submitted}
    assert not trained & over
    assert all(by_network(again)[spec_id].state is State.COMPLETE for spec_id in over)


def test_what_failed_for_another_reason_is_tried_again(tmp_path: Path) -> None:
    failing = run_in(tmp_path / "old", trials=3)
    failing.go()
    trials = [
        trial.model_copy(
            update={"state": State.FAILED, "record": trial.record.changed(failure="a full disk")}
        )
        for trial in failing.trials()
    ]
    new = run_in(tmp_path / "new", trials=3)
    assert carry_over(trials, new.store(), new.candidates, new.config) == 0
