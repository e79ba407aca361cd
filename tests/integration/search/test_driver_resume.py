"""A run that is cut, wherever it is cut, goes on without losing or repeating anything."""

import contextlib
import math
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import pytest
from driving import Run, firsts
from fakes import ArithmeticEvaluator, InlineExecutor
from optuna.trial import TrialState
from sqlalchemy import Connection

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import StoreError, StudyError
from nasbench_mvit.search.engines.contract import Event, Failed, Finished
from nasbench_mvit.search.loop.driver import Ending
from nasbench_mvit.search.readers.server import ServerReader
from nasbench_mvit.search.readers.sqlite import StudyReader
from nasbench_mvit.search.store.rows import TrialRows
from nasbench_mvit.search.trials.record import UNFINISHED, Role, State
from nasbench_mvit.workbench.shared.run_directory import locked


@pytest.mark.parametrize("stop_after", [0, 1, 4, 6, 8])
def test_an_interrupted_run_goes_on_without_losing_or_repeating(
    tmp_path: Path, stop_after: int
) -> None:
    run = Run(tmp_path, trials=6)
    first = InlineExecutor(ArithmeticEvaluator(), stop_after=stop_after)
    with pytest.raises(KeyboardInterrupt):
        run.go(first)
    done_before = {(t.record.spec_id, e.seed) for t in run.trials() for e in t.record.evaluations}
    second = InlineExecutor(ArithmeticEvaluator())
    assert run.go(second) is Ending.BUDGET
    repeated = {(job.spec.id, job.seed) for job in second.submitted} & done_before
    assert not repeated
    trials = run.trials()
    assert all(t.state is State.COMPLETE for t in trials)
    assert len(firsts(trials, Role.SEARCH)) == 6
    third = InlineExecutor(ArithmeticEvaluator())
    assert run.go(third) is Ending.BUDGET
    assert third.submitted == []


def test_a_larger_budget_goes_on_from_the_smaller(tmp_path: Path) -> None:
    Run(tmp_path, trials=3).go()
    executor = InlineExecutor(ArithmeticEvaluator())
    assert Run(tmp_path, trials=5).go(executor) is Ending.BUDGET
    assert len(executor.submitted) == 2
    reading = StudyReader(tmp_path / "study.db").read()
    assert reading.config.trials == 5
    assert reading.snapshot["config"]["trials"] == 3


@pytest.mark.parametrize("changes", [{"trials": 2}, {"description": "another"},
                                     {"rivals": {"mobilenet_v2": 1}}])  # fmt: skip
def test_what_may_change_is_read_as_it_was_last(tmp_path: Path, changes: dict[str, object]) -> None:
    first, last = Run(tmp_path, trials=3), Run(tmp_path, **{"trials": 3, **changes})
    for run in (first, last):
        with closing(run.store()):
            assert StudyReader(tmp_path / "study.db").read().config == run.config
            assert ServerReader(run.location, "test").read().config == run.config
    first.store().close()  # and back
    assert StudyReader(tmp_path / "study.db").read().config == first.config


def test_a_trial_asked_for_but_never_recorded_is_dropped(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.store()
    optuna.load_study(study_name="test", storage=run.location.url).ask()  # Optuna stores it bare
    assert run.go() is Ending.BUDGET
    assert run.store().study.trials[0].state is optuna.trial.TrialState.FAIL
    assert len(firsts(run.trials(), Role.SEARCH)) == run.config.trials


class Killed(BaseException):
    """Stands for a process that ends without a word."""


@pytest.mark.parametrize("is_written", [False, True])
@pytest.mark.parametrize("told", [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL])
def test_a_kill_at_the_end_of_a_trial_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: TrialState, *, is_written: bool
) -> None:
    """Earlier versions wrote the record first and closed the trial in another transaction."""
    upper = sorted(
        Run(tmp_path)
        .candidates.predictor.predict_many(list(SearchSpace.load("mobilevit_debug").enumerate()))
        .high
    )
    run = Run(tmp_path, trials=100, limits={"latency_ms": float(upper[6])})
    members = list(run.candidates.space.enumerate())
    inside = [m for m in members if run.candidates.predictor.predict(m).high <= upper[6]]
    evaluator = ArithmeticEvaluator(diverging=frozenset({inside[0].id}))

    real = TrialRows.end

    def end(
        rows: TrialRows, connection: Connection, trial_id: int, state: TrialState, *values: Any
    ) -> None:
        if state is told and rows.has_params(connection, trial_id):
            if is_written:
                connection.commit()
            raise Killed
        real(rows, connection, trial_id, state, *values)

    with monkeypatch.context() as patch:
        patch.setattr(TrialRows, "end", end)
        with pytest.raises(Killed):
            run.go(InlineExecutor(evaluator))
    assert run.go(InlineExecutor(evaluator)) is Ending.EXHAUSTED
    trials = run.trials()
    assert not [t for t in trials if t.state in UNFINISHED]
    for trial in trials:
        rejected, failed = trial.record.rejection, trial.record.failure
        expected = State.REJECTED if rejected else State.FAILED if failed else State.COMPLETE
        assert trial.state is expected
        assert not (rejected and trial.record.evaluations)
    assert {t.record.spec_id for t in trials if t.state is State.FAILED} == {inside[0].id}


class FlakyExecutor(InlineExecutor):
    """Fails every job for a reason of the machine."""

    def wait(self, timeout_s: float) -> list[Event]:
        events = super().wait(timeout_s)
        return [Failed(events[-1].job, "no space left on device", is_final=False)]


def test_a_failing_machine_stops_the_run_and_costs_no_network(tmp_path: Path) -> None:
    run = Run(tmp_path)
    with pytest.raises(StudyError, match=r"3 trainings in a row.*no space left.*resumes"):
        run.go(FlakyExecutor(ArithmeticEvaluator()))
    assert {t.state for t in run.trials()} <= {State.FAILED, State.PAUSED}
    assert run.go() is Ending.BUDGET
    summary = run.summary()
    done = [row for row in summary.rows if row.state == State.COMPLETE]
    assert {row.name for row in done} >= {"MobileViT-S", "MobileViT-XS", "MobileViT-XXS"}
    assert len({row.spec_id for row in done if row.role == Role.SEARCH}) == run.config.trials
    assert all(math.isnan(row.top1) for row in summary.rows if row.state == State.FAILED)


def test_another_configuration_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    Run(tmp_path).go()
    before = Run(tmp_path).trials()
    with pytest.raises(StoreError, match=r"another seed.*`fresh=`"):
        Run(tmp_path, seed=7).go()
    assert Run(tmp_path).trials() == before


class FailsOnce(InlineExecutor):
    """The first training of one network fails as when its worker is killed."""

    victim: str = ""

    def wait(self, timeout_s: float) -> Sequence[Event]:
        events = super().wait(timeout_s)
        last = events[-1]
        if isinstance(last, Finished) and last.job.spec.id == self.victim:
            self.victim = ""
            return [*events[:-1], Failed(last.job, "killed", is_final=False)]
        return events


def test_a_published_network_that_the_machine_failed_is_trained_as_such_when_proposed(
    tmp_path: Path,
) -> None:
    xxs = published("mobilevit_xxs")
    run = Run(tmp_path, trials=99)  # more than the space holds, of which XXS is a member
    executor = FailsOnce(ArithmeticEvaluator())
    executor.victim = xxs.id
    assert run.go(executor) is Ending.EXHAUSTED
    trials = [trial for trial in run.trials() if trial.record.spec_id == xxs.id]
    answers = [trial for trial in trials if trial.state is State.COMPLETE]
    assert {trial.record.role for trial in trials} == {Role.BASELINE}
    assert len(answers[0].record.evaluations) == run.config.baselines["mobilevit_xxs"]
    assert [row.name for row in run.summary().baselines if row.state == State.COMPLETE] == [
        "MobileViT-S",
        "MobileViT-XS",
        "MobileViT-XXS",
    ]


@pytest.mark.parametrize("end", ["Ctrl-C", "the time limit", "failures in a row"])
def test_what_a_search_leaves_unfinished_is_paused_and_goes_on_at_the_next(
    tmp_path: Path, end: str
) -> None:
    run = Run(tmp_path)
    reader = StudyReader(tmp_path / "study.db")
    states: list[set[State]] = []

    def is_over() -> bool:
        if end != "the time limit":
            return False
        states.append({trial.state for trial in run.trials()})
        return len(states) > 4

    executor = InlineExecutor(ArithmeticEvaluator(), stop_after=4)
    if end == "failures in a row":
        executor = FlakyExecutor(ArithmeticEvaluator(), slots=5)
    with contextlib.suppress(KeyboardInterrupt, StudyError):
        run.go(executor, is_over)
    assert end != "the time limit" or State.RUNNING in states[-1]
    for trials in (run.trials(), reader.read().trials):
        assert State.RUNNING not in {trial.state for trial in trials}
        assert State.PAUSED in {trial.state for trial in trials}
    paused = {trial.number for trial in run.trials() if trial.state is State.PAUSED}
    rows = {row.trial: row.state for row in run.summary().rows}
    assert {rows[number] for number in paused} == {"paused"}
    seen: set[int] = set()

    def look() -> bool:
        seen.update(t.number for t in reader.read().trials if t.state is State.RUNNING)
        return False

    with locked(tmp_path):
        assert run.go(is_over=look) is Ending.BUDGET
    assert seen >= paused
    assert {t.state for t in reader.read().trials} <= {State.COMPLETE, State.FAILED}


@pytest.mark.parametrize("said", ["nothing, as an earlier version", "at work, as a killed search"])
def test_what_no_search_has_paused_runs_while_one_may_be_at_work(tmp_path: Path, said: str) -> None:
    run = Run(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run.go(InlineExecutor(ArithmeticEvaluator(), stop_after=1))
    with closing(sqlite3.connect(tmp_path / "study.db", isolation_level=None)) as connection:
        connection.execute(
            "DELETE FROM study_user_attributes WHERE key = 'nasbench_mvit.at_work'"
            if "nothing" in said
            else "UPDATE study_user_attributes SET value_json = 'true' "
            "WHERE key = 'nasbench_mvit.at_work'"
        )
    reader = StudyReader(tmp_path / "study.db")
    with locked(tmp_path):
        for trials in (run.trials(), reader.read().trials):
            assert State.RUNNING in {trial.state for trial in trials}
            assert State.PAUSED not in {trial.state for trial in trials}
    assert {trial.state for trial in reader.read().trials} & UNFINISHED == {State.PAUSED}
