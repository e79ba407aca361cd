"""What is written of a trial is what Optuna reads, in two commits, and a draft leaves no trace."""

from contextlib import closing
from pathlib import Path

import optuna
import pytest
import sqlalchemy
from driving import Run
from fakes import ArithmeticEvaluator, InlineExecutor
from optuna.trial import TrialState

from nasbench_mvit.search.samplers.by_name import suggest
from nasbench_mvit.search.study.config import COST_AWARE, SAMPLERS
from nasbench_mvit.search.trials.record import State


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_optuna_reads_what_samplers_are_shown(tmp_path: Path, sampler: str) -> None:
    run = Run(tmp_path, sampler=sampler, space="mobilevit", trials=6, limits={"latency_ms": 5.0})
    run.go()
    own = run.store().study.trials
    theirs = optuna.load_study(study_name="test", storage=run.location.url).trials
    states = {trial.state for trial in theirs}
    assert TrialState.COMPLETE in states
    assert (TrialState.PRUNED in states) == (sampler != COST_AWARE)  # which keeps the limits
    assert len(own) == len(theirs)
    for shown, read in zip(own, theirs, strict=True):
        assert shown.params == read.params
        assert list(shown.params) == list(read.params)
        assert shown.distributions == read.distributions
        assert shown.values == read.values
        assert shown.constraints == read.constraints
        assert shown.system_attrs == read.system_attrs
        assert (shown.number, shown.state) == (read.number, read.state)
        assert (shown.datetime_start, shown.datetime_complete) == (
            read.datetime_start,
            read.datetime_complete,
        )


def test_a_trial_is_two_commits(tmp_path: Path) -> None:
    commits = []
    for trials in (3, 6):
        (tmp_path / str(trials)).mkdir()
        run = Run(tmp_path / str(trials), sampler="random", space="mobilevit", trials=trials)
        count = 0

        def committed(_connection: sqlalchemy.Connection) -> None:
            nonlocal count
            count += 1

        sqlalchemy.event.listen(sqlalchemy.Engine, "commit", committed)
        try:
            run.go(InlineExecutor(ArithmeticEvaluator(), slots=1))
        finally:
            sqlalchemy.event.remove(sqlalchemy.Engine, "commit", committed)
        assert {trial.state for trial in run.trials()} == {State.COMPLETE}
        commits.append(count)
    assert commits[1] - commits[0] == 2 * 3


def test_a_network_that_was_only_asked_for_leaves_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path, sampler="tpe")
    with closing(run.store()) as store:
        store.study.enqueue_trial({})
        trial = store.study.ask()
        suggest(trial, run.candidates.space, "tpe")
        store.drop(trial)
        suggest(store.study.ask(), run.candidates.space, "tpe")
    assert optuna.load_study(study_name="test", storage=run.location.url).trials == []


def test_while_a_search_runs_others_read_and_afterwards_it_is_one_file(tmp_path: Path) -> None:
    run = Run(tmp_path)
    with closing(run.store()) as store, store.at_work():
        store.study.set_user_attr("a", 1)
        assert Path(f"{run.location.file}-wal").exists()
        other = optuna.load_study(study_name="test", storage=run.location.url)
        assert other.user_attrs["a"] == 1
        other._storage.remove_session()
        other._storage._backend.engine.dispose()  # type: ignore[attr-defined]
    assert [path.name for path in tmp_path.iterdir()] == ["study.db"]
