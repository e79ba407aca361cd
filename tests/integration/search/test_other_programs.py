"""What other programs do to a study's store: they end, enqueue and add trials, and add studies."""

import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import pytest
from driving import Run, Silent, firsts
from fakes import ArithmeticEvaluator, InlineExecutor
from optuna.trial import TrialState, create_trial

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.engines.contract import Event
from nasbench_mvit.search.loop.driver import Driver, Ending
from nasbench_mvit.search.readers.sqlite import StudyReader
from nasbench_mvit.search.samplers.by_name import distributions, parameters
from nasbench_mvit.search.store import outside
from nasbench_mvit.search.store.opening import open_store
from nasbench_mvit.search.trials.parse import OUTSIDE
from nasbench_mvit.search.trials.record import Role, State
from nasbench_mvit.search.trials.snapshot import take_snapshot

TELLS: dict[str, dict[str, Any]] = {
    "pruned": {"state": TrialState.PRUNED},
    "failed": {"state": TrialState.FAIL},
    "complete": {"values": (0.99, 0.1)},
}


def theirs(run: Run) -> optuna.Study:
    """Return the study as another program opens it."""
    return optuna.load_study(study_name="test", storage=run.location.url)


def cut(run: Run, stop_after: int) -> list[int]:
    """Interrupt a search; return the numbers of the trials without an outcome."""
    with pytest.raises(KeyboardInterrupt):
        run.go(InlineExecutor(ArithmeticEvaluator(), stop_after=stop_after))
    return [trial.number for trial in run.trials() if trial.state is State.PAUSED]


@pytest.mark.parametrize("tell", TELLS)
@pytest.mark.parametrize("stop_after", [0, 5])  # while baselines are trained, and later
def test_what_was_ended_from_outside_is_shown_as_failed_and_trained_anew(
    tmp_path: Path, tell: str, stop_after: int
) -> None:
    run = Run(tmp_path)
    numbers = cut(run, stop_after)
    for number in numbers:
        theirs(run).tell(number, **TELLS[tell])
    reader = StudyReader(tmp_path / "study.db")
    for trials in (run.trials(), reader.read().trials):
        ended = [trials[number] for number in numbers]
        assert {trial.state for trial in ended} == {State.FAILED}
        assert {trial.record.failure for trial in ended} == {OUTSIDE}
    assert run.go() is Ending.BUDGET
    trials = run.trials()
    complete = [t for t in trials if t.state is State.COMPLETE and t.record.duplicate_of is None]
    assert not [trial for trial in complete if trial.record.missing_seeds()]
    assert len(firsts(complete, Role.BASELINE)) == 3
    assert len(firsts(complete, Role.SEARCH)) == run.config.trials
    assert {theirs(run).trials[number].state for number in numbers} == {TrialState.FAIL}
    assert not [number for number in numbers if theirs(run).trials[number].values]
    assert reader.read().trials == tuple(trials)


class TellingExecutor(InlineExecutor):
    """Lets another program end the trials that run before their trainings end."""

    def __init__(self, run: Run, tell: str) -> None:
        super().__init__(ArithmeticEvaluator())
        self.study, self.tell = theirs(run), TELLS[tell]

    def wait(self, timeout_s: float) -> Sequence[Event]:
        for trial in self.study.get_trials(states=(TrialState.RUNNING,)):
            self.study.tell(trial.number, **self.tell)
        return super().wait(timeout_s)


@pytest.mark.parametrize("tell", TELLS)
def test_a_training_ended_from_outside_while_it_runs_has_the_outcome_it_comes_to(
    tmp_path: Path, tell: str
) -> None:
    run, undisturbed = Run(tmp_path / "a"), Run(tmp_path / "b")
    for each in (run, undisturbed):
        assert each.location.file is not None
        each.location.file.parent.mkdir()
        each.store().close()
    run.go(TellingExecutor(run, tell))
    undisturbed.go()
    assert [(t.state, t.record) for t in run.trials()] == [
        (t.state, t.record) for t in undisturbed.trials()
    ]
    assert [(t.state, t.values) for t in theirs(run).trials] == [
        (t.state, t.values) for t in theirs(undisturbed).trials
    ]


def drive(run: Run) -> Silent:
    observer = Silent()
    with closing(run.store()) as store:
        executor = InlineExecutor(ArithmeticEvaluator())
        Driver(run.config, run.candidates, store, executor, observer).run(lambda: False)
    return observer


@pytest.mark.parametrize("again", [outside.LOOKED_AT_AGAIN, 0])  # of the trials looked at before
def test_an_enqueued_network_is_trained_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: int
) -> None:
    monkeypatch.setattr(outside, "LOOKED_AT_AGAIN", again)
    run = Run(tmp_path, trials=4)
    wanted = list(run.candidates.space.enumerate())[-3:-1]
    run.store().close()
    for spec in wanted:
        theirs(run).enqueue_trial(dict(parameters(run.candidates.space, spec)), user_attrs={"a": 1})
    observer = drive(run)
    searched = firsts(run.trials(), Role.SEARCH)
    assert [trial.record.spec_id for trial in searched[:2]] == [spec.id for spec in wanted]
    assert len(searched) == 4
    assert {trial.state for trial in run.trials()} == {State.COMPLETE}
    assert [theirs(run).trials[n].user_attrs["a"] for n in (0, 1)] == [1, 1]
    assert [trial.state for trial in theirs(run).trials[:2]] == [TrialState.COMPLETE] * 2
    assert observer.notes == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"colour": 3}, "unknown parameter 'colour'"),
        ({"stage3.dim": 7}, "stage3.dim is 7, possibl"),
    ],
)
def test_what_is_no_network_of_the_space_is_refused_in_a_line(
    tmp_path: Path, params: dict[str, object], said: str
) -> None:
    run = Run(tmp_path)
    if "stage3.dim" in params:
        name = next(iter(distributions(run.candidates.space)))
        params, said = {name: -7}, f"{name} is -7, possible are "
    run.store().close()
    theirs(run).enqueue_trial(params)
    (note,) = drive(run).notes
    assert said in note
    assert theirs(run).trials[0].state is TrialState.FAIL
    assert len(firsts(run.trials(), Role.SEARCH)) == run.config.trials


def test_one_enqueued_beyond_the_budget_waits_and_that_is_said(tmp_path: Path) -> None:
    run = Run(tmp_path, trials=2)
    run.go()
    theirs(run).enqueue_trial({})
    (note,) = drive(run).notes
    assert "1 trials that another program enqueued still wait" in note
    assert "`trials=`" in note
    assert drive(Run(tmp_path, trials=3)).notes == []
    assert len(firsts(run.trials(), Role.SEARCH)) == 3


@pytest.mark.parametrize("sampler", ["tpe", "cost_aware"])
def test_what_was_added_is_left_out_also_by_the_sampler_and_that_is_said(
    tmp_path: Path, sampler: str
) -> None:
    run = Run(tmp_path, sampler=sampler)
    run.store().close()
    space = run.candidates.space
    params = dict(parameters(space, next(space.enumerate())))
    added = create_trial(
        params=params,
        distributions={k: d for k, d in distributions(space).items() if k in params},
        values=[0.999, 0.001],
    )
    theirs(run).add_trials([added, added])
    (note,) = drive(run).notes
    assert "2 trials that another program added are left out" in note
    assert "enqueue_trial" in note
    assert {0, 1}.isdisjoint(trial.number for trial in run.trials())
    with closing(run.store()) as store:
        assert [trial.values for trial in store.study.trials[:2]] == [None, None]


def test_a_search_goes_on_beside_another_study_in_its_store(tmp_path: Path) -> None:
    run = Run(tmp_path)
    cut(run, 1)
    optuna.create_study(study_name="mine", storage=run.location.url)
    run.go()
    assert len(firsts(run.trials(), Role.SEARCH)) == run.config.trials
    assert StudyReader(tmp_path / "study.db").read().study == "test"


@pytest.mark.parametrize(
    ("is_ours", "message"),
    [(True, "the study test, not 'third'. Go on with it by its name, or choose another `run_dir=`"),
     (False, "the study mine of another program. Choose another `run_dir=`")],
)  # fmt: skip
def test_a_search_of_another_name_is_told_what_the_store_holds(
    tmp_path: Path, message: str, *, is_ours: bool
) -> None:
    run = Run(tmp_path)
    if is_ours:
        run.go()
    optuna.create_study(study_name="mine", storage=run.location.url)
    with pytest.raises(StoreError, match=re.escape(f"study.db holds {message}")):
        open_store(run.location, "third", take_snapshot(run.config, {}))
