"""Finalists are trained, stored and resumed; the search never learns of it."""

import sqlite3
from collections import Counter
from pathlib import Path

import optuna
import pandas as pd
import pytest
import sqlalchemy
from driving import Run
from fakes import ArithmeticEvaluator, InlineExecutor, hits_of
from final_round import copied, final_evaluation, scoring, searched, stored, train_finalists

from nasbench_mvit.errors import StoreError, StudyError
from nasbench_mvit.search.engines.contract import Event, Failed
from nasbench_mvit.search.finalists.choice import FinalRequest, fresh_seeds
from nasbench_mvit.search.finalists.store import FinalStore

REQUEST = FinalRequest(2, 2)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return searched(tmp_path_factory.mktemp("search"))


@pytest.fixture
def run(ended: Run, tmp_path: Path) -> Run:
    return copied(ended, tmp_path)


def test_every_network_is_trained_once_with_every_fresh_seed(run: Run) -> None:
    executor = scoring()
    assert train_finalists(run, FinalRequest(2), executor)
    jobs = Counter((job.trial, job.seed) for job in executor.submitted)
    assert set(jobs.values()) == {1}
    assert {seed for _, seed in jobs} == set(fresh_seeds(run.config, 3))
    assert len({trial for trial, _ in jobs}) == 2 + 3
    final = stored(run)
    assert not final.missing()
    networks = {trial.number: trial.record.network() for trial in run.trials()}
    for record in final.records:
        assert record.result is not None
        expected = hits_of(networks[record.trial], record.seed)
        assert record.result.unpacked().tolist() == expected.tolist()
        assert record.result.test_top1 == expected.mean()


def test_the_search_is_as_it_was(run: Run) -> None:
    trials, summary = run.trials(), run.summary()
    train_finalists(run, REQUEST)
    assert run.trials() == trials
    assert run.summary().front == summary.front
    pd.testing.assert_frame_equal(run.summary().frame(), summary.frame())
    executor = InlineExecutor(ArithmeticEvaluator())
    run.go(executor)
    assert executor.submitted == []


@pytest.mark.parametrize("stop_after", [0, 1, 5, 9])
def test_a_cut_run_goes_on_without_losing_or_repeating(run: Run, stop_after: int) -> None:
    first = scoring()
    first.stop_after = stop_after
    with pytest.raises(KeyboardInterrupt):
        train_finalists(run, REQUEST, first)
    done = {(record.trial, record.seed) for record in stored(run).records}
    assert len(done) == stop_after
    summary = final_evaluation(run)
    assert summary.comparison is None
    assert summary.num_missing == 10 - stop_after
    second = scoring()
    assert train_finalists(run, REQUEST, second)
    again = {(job.trial, job.seed) for job in second.submitted}
    assert len(again) == len(second.submitted) == 10 - stop_after
    assert not again & done
    assert final_evaluation(run).comparison is not None


def test_time_ends_it_and_the_rest_is_still_missing(run: Run) -> None:
    executor = scoring()
    assert not train_finalists(run, REQUEST, executor, is_over=lambda: executor.finished >= 4)
    assert len(stored(run).records) == 4


def test_more_seeds_and_more_networks_train_only_what_is_new(run: Run) -> None:
    train_finalists(run, FinalRequest(1, 2))
    executor = scoring()
    train_finalists(run, FinalRequest(2, 3), executor)
    assert len(executor.submitted) == 5 * 3 - 4 * 2
    assert not stored(run).missing()


def test_a_diverging_finalist_is_told_and_left_out_of_the_comparison(run: Run) -> None:
    bad = run.summary().front[0].spec_id
    executor = scoring(diverging=frozenset({bad}))
    assert train_finalists(run, FinalRequest(99, 3), executor)
    attempts = [job for job in executor.submitted if job.spec.id == bad]
    assert len(attempts) <= executor.slots  # with one seed or two at once, not with all three
    summary = final_evaluation(run)
    assert "not finite at step 3" in summary.finalists[-1].failure
    assert summary.finalists[-1].row.spec_id == bad
    assert summary.comparison is not None
    assert summary.comparison.num_networks == len(summary.finalists) - 1
    again = scoring()
    assert train_finalists(run, FinalRequest(99, 3), again)
    assert again.submitted == []


class FlakyExecutor(InlineExecutor):
    """Fails the first jobs for a reason of the machine."""

    failures = 0

    def wait(self, timeout_s: float) -> list[Event]:
        events = super().wait(timeout_s)
        if self.failures:
            self.failures -= 1
            return [Failed(events[-1].job, "no space left on device", is_final=False)]
        return list(events)


def test_a_training_the_machine_lost_is_tried_again(run: Run) -> None:
    executor = FlakyExecutor(ArithmeticEvaluator(scores_test=True))
    executor.failures = 2
    assert train_finalists(run, REQUEST, executor)
    assert len(executor.submitted) == 10 + 2
    assert not stored(run).missing()


def test_a_failing_machine_stops_it_and_costs_nothing(run: Run) -> None:
    executor = FlakyExecutor(ArithmeticEvaluator(scores_test=True))
    executor.failures = 99
    with pytest.raises(StudyError, match=r"3 trainings in a row.*no space left.*resumes"):
        train_finalists(run, REQUEST, executor)
    assert stored(run).records == ()
    assert train_finalists(run, REQUEST)


def test_a_storage_that_fails_is_one_message_and_keeps_what_it_has(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = scoring()
    assert not train_finalists(run, REQUEST, executor, is_over=lambda: executor.finished >= 4)

    def full(*_: object) -> None:
        cause = sqlite3.OperationalError("database or disk is full")
        raise sqlalchemy.exc.OperationalError("UPDATE", {}, cause)

    with monkeypatch.context() as patch:
        patch.setattr(optuna.Study, "set_user_attr", full)
        with pytest.raises(StoreError, match="cannot be used: database or disk is full"):
            train_finalists(run, REQUEST)
    assert len(stored(run).records) == 4


def test_an_evaluator_that_scores_no_test_images_is_a_programming_error(run: Run) -> None:
    with pytest.raises(TypeError, match="must score the test images"):
        train_finalists(run, REQUEST, InlineExecutor(ArithmeticEvaluator()))


def test_a_store_without_finalists_has_none(run: Run) -> None:
    assert FinalStore(run.store()).read() is None


DAMAGE = {
    "another schema": ("'\"schema_version\": 1'", "'\"schema_version\": 9'", "has schema 9"),
    "bits that are missing": ("'\"num_test_images\": 200'", "'\"num_test_images\": 999'", "bits"),
    "another seed": ("'\"seed\": 4'", "'\"seed\": 77'", "is not in 'nasbench_mvit.final'"),
    "other images": ("'fingerprint'", "'another'", "test images differ from the others'"),
    "no outcome": ("'\"failure\": null'", '\'"failure": "x"\'', "either a result or a failure"),
    "no field": ("'\"versions\"'", "'\"version\"'", "'versions' is missing"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_records_are_refused(run: Run, tmp_path: Path, name: str) -> None:
    train_finalists(run, REQUEST)
    old, new, message = DAMAGE[name]
    with sqlite3.connect(tmp_path / "study.db") as connection:
        key = "(SELECT max(key) FROM study_user_attributes WHERE key LIKE 'nasbench_mvit.final.%')"
        changed = connection.execute(
            f"UPDATE study_user_attributes SET value_json = replace(value_json, {old}, {new}) "  # noqa: S608
            f"WHERE key = {key}"
        )
        assert changed.rowcount == 1
    connection.close()
    with pytest.raises(StoreError, match=message):
        FinalStore(run.store()).read()


def test_a_plan_for_a_trial_that_is_missing_is_refused(run: Run) -> None:
    train_finalists(run, REQUEST)
    plan = stored(run).plan
    FinalStore(run.store()).write_plan(plan.model_copy(update={"trials": (*plan.trials, 999)}))
    with pytest.raises(StoreError, match="trial 999 is missing"):
        FinalStore(run.store()).read()


def test_the_comparison_is_by_seed_and_image_and_the_best_come_first(run: Run) -> None:
    train_finalists(run, FinalRequest(99))
    summary = final_evaluation(run)
    means = [finalist.test_top1 for finalist in summary.finalists]
    assert means == sorted(means, reverse=True)
    assert all(d.estimate >= 0 for _, _, d in summary.differences)
    for first, second, difference in summary.differences:
        assert difference.estimate == pytest.approx(first.test_top1 - second.test_top1)
        assert not (first.is_baseline and second.is_baseline)
    count = len(summary.finalists)
    assert len(summary.differences) == count * (count - 1) / 2 - 3
    for finalist in summary.finalists:
        better, equal, worse = summary.standing(finalist)
        others = count - 1 - (2 if finalist.is_baseline else 0)
        assert len({*better, *equal, *worse}) == len(better + equal + worse) == others
