"""A search that ends unpromising trainings early."""

import math
from pathlib import Path

import optuna
import pytest
from driving import Run, firsts
from fakes import ArithmeticEvaluator, InlineExecutor

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import Event, Stopped
from nasbench_mvit.search.loop.driver import Ending
from nasbench_mvit.search.loop.pruning import Pruner
from nasbench_mvit.search.loop.rungs import Standing
from nasbench_mvit.search.readers.sqlite import StudyReader
from nasbench_mvit.search.results.choose import find_trial
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.trials.record import UNFINISHED, Role, State, StoredTrial
from nasbench_mvit.search.trials.schema import STUDY_KEY

RUNGS = [0.25, 0.5]
PRUNING = {"rungs": RUNGS, "reduction": 3}
ALL = 1000  # more than the space holds


class CountingExecutor(InlineExecutor):
    """Counts the trainings that were told to end."""

    stops = 0

    def wait(self, timeout_s: float) -> list[Event]:
        events = list(super().wait(timeout_s))
        self.stops += sum(isinstance(event, Stopped) for event in events)
        return events


def pruned_run(folder: Path, **changes: object) -> Run:
    return Run(folder, pruning=PRUNING, **{"trials": ALL, **changes})


def stopped(trials: list[StoredTrial]) -> list[StoredTrial]:
    return [trial for trial in trials if trial.state is State.STOPPED]


def rungs_in_store(run: Run) -> dict[float, dict[int, Standing]]:
    pruning = Pruner(run.config.pruning, run.config.proxy.fractions, run.candidates)
    for trial in run.trials():
        pruning.remember(trial)
    return pruning.rungs.standings


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, CountingExecutor]:
    """A search that has come to its end, and who trained for it."""
    run = pruned_run(tmp_path_factory.mktemp("run"))
    executor = CountingExecutor(ArithmeticEvaluator())
    assert run.go(executor) is Ending.EXHAUSTED
    return run, executor


def test_a_stopped_network_carries_its_rung_and_is_never_told_complete(
    over: tuple[Run, CountingExecutor],
) -> None:
    run, _ = over
    ended = stopped(run.trials())
    assert ended
    told = run.store().study.trials
    rows = {row.trial: row for row in run.summary().rows}
    for trial in ended:
        assert trial.record.judged is not None
        assert trial.record.judged.rung in RUNGS
        assert trial.record.judged.rung == rows[trial.number].rung
        assert trial.record.evaluations == ()
        assert trial.record.role is Role.SEARCH
        assert told[trial.number].state is optuna.trial.TrialState.PRUNED
        assert told[trial.number].values is None
        assert math.isnan(rows[trial.number].top1)
        assert not rows[trial.number].on_front
        assert rows[trial.number].reason.startswith("stopped at ")
        if trial.record.duplicate_of is None:
            assert trial.record.seconds() == trial.record.judged.curve[-1].seconds
    complete = [t for t in run.trials() if t.state is State.COMPLETE]
    assert len(complete) + len(ended) == len(run.trials())
    assert all(t.record.judged is None for t in complete)
    assert {row.trial for row in run.summary().front} <= {t.number for t in complete}
    with pytest.raises(StudyError, match=r"is stopped \(stopped at "):
        find_trial(run.trials(), ended[0].number)


def test_who_leads_all_the_way_is_never_stopped(
    tmp_path: Path, over: tuple[Run, CountingExecutor]
) -> None:
    """The stand-in's curves are straight lines, so who leads at the end leads at each rung."""
    full = Run(tmp_path, trials=ALL)
    full.go()
    wanted = {row.spec_id for row in full.summary().front}
    assert {row.spec_id for row in over[0].summary().front} == wanted


def test_baselines_are_never_stopped_and_stopped_networks_count_as_spent(tmp_path: Path) -> None:
    run = pruned_run(tmp_path, trials=6)
    assert run.go() is Ending.BUDGET
    trials = run.trials()
    assert all(t.state is State.COMPLETE for t in firsts(trials, Role.BASELINE))
    assert len(firsts(trials, Role.SEARCH)) == 6
    again = InlineExecutor(ArithmeticEvaluator())
    assert run.go(again) is Ending.BUDGET
    assert again.submitted == []


def test_only_the_first_seed_is_compared_and_the_others_follow_it(tmp_path: Path) -> None:
    run = pruned_run(tmp_path, seeds=3)
    executor = InlineExecutor(ArithmeticEvaluator())
    run.go(executor)
    trials = {trial.number: trial for trial in run.trials()}
    ended = {trial.number for trial in stopped(list(trials.values()))}
    assert ended
    for number, trial in trials.items():
        if trial.record.duplicate_of is not None:
            continue
        seeds = [job.seed for job in executor.submitted if job.trial == number]
        planned = list(trial.record.seeds)
        assert seeds == (planned[:1] if number in ended else planned)
        rungs = [job.rungs for job in executor.submitted if job.trial == number]
        assert rungs == [tuple(RUNGS), *[()] * (len(seeds) - 1)]


class Killed(BaseException):
    """Stands for a process that ends without a word."""


@pytest.mark.parametrize("place", ["before the record", "after the record"])
@pytest.mark.parametrize("count", [1, 9])
def test_a_kill_at_a_decision_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, count: int
) -> None:
    run, left, real = pruned_run(tmp_path, trials=8), count, StudyStore.write

    def write(self: StudyStore, number: int, record: object) -> None:
        nonlocal left
        is_decision = getattr(record, "judged", None) is not None
        left -= is_decision
        if is_decision and left == 0 and place == "before the record":
            raise Killed
        real(self, number, record)  # type: ignore[arg-type]
        if is_decision and left == 0:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(StudyStore, "write", write)
        with pytest.raises(Killed):
            run.go()
    before, standings = stopped(run.trials()), rungs_in_store(run)
    assert run.go() is Ending.BUDGET
    after = rungs_in_store(run)
    for rung, trials in standings.items():
        assert trials.items() <= after[rung].items()
    assert {t.number for t in before} <= {t.number for t in stopped(run.trials())}
    assert not [t for t in run.trials() if t.state in UNFINISHED]
    for trial in stopped(run.trials()):
        assert run.store().study.trials[trial.number].state is optuna.trial.TrialState.PRUNED


def test_a_repeated_network_takes_the_answer_of_the_stopped_one(
    over: tuple[Run, CountingExecutor],
) -> None:
    run, executor = over
    ended = stopped(run.trials())
    repeats = [trial for trial in ended if trial.record.duplicate_of is not None]
    assert executor.stops == len(ended) - len(repeats)
    assert repeats, "this sampler asks for a network again"
    by_number = {trial.number: trial for trial in ended}
    for trial in repeats:
        original = by_number[trial.record.duplicate_of or 0]
        assert trial.record.judged == original.record.judged
        assert trial.record.seconds() == 0


def test_whoever_only_looks_sees_the_same_states(over: tuple[Run, CountingExecutor]) -> None:
    run, _ = over
    path = run.location.file
    assert path is not None
    assert list(StudyReader(path).read().trials) == run.trials()


def test_a_study_begun_before_there_was_pruning_goes_on(tmp_path: Path) -> None:
    run = Run(tmp_path, trials=3)
    run.go()
    study = run.store().study
    snapshot = study.user_attrs[STUDY_KEY]
    for part in ("identity", "config"):
        assert snapshot[part].pop("pruning", None) is None
    study.set_user_attr(STUDY_KEY, snapshot)
    assert Run(tmp_path, trials=5).go() is Ending.BUDGET
