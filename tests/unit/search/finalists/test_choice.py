"""Who becomes a finalist, and with which seeds."""

import dataclasses
from pathlib import Path

import pytest
from driving import Run, study
from final_round import TEST_IMAGES, copied, searched, stored, train_finalists

from nasbench_mvit.architecture.published import BASELINES
from nasbench_mvit.errors import StoreError, StudyError
from nasbench_mvit.search.finalists.choice import (
    NUM_SEEDS,
    FinalRequest,
    check_test_images,
    choose,
    fresh_seeds,
    make_final_plan,
)
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.trials.record import Role


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return searched(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def row(run: Run) -> Row:
    return run.summary().front[0]


def front_at(row: Row, *latencies_ms: float) -> list[Row]:
    return [
        dataclasses.replace(row, trial=n, latency_ms=ms, top1=0.1 * n)
        for n, ms in enumerate(latencies_ms)
    ]


def test_finalists_are_both_ends_and_then_the_widest_gaps(row: Row) -> None:
    front = front_at(row, 1.0, 1.1, 1.2, 4.0, 6.0, 9.0)
    chosen = [r.latency_ms for r in choose(front, 4)]
    assert chosen == [9.0, 1.0, 4.0, 6.0]  # 4 is 3 from the ends, then 6 is 2 from 4


def test_a_larger_number_keeps_whom_a_smaller_one_chose(row: Row) -> None:
    front = front_at(row, 1.0, 1.5, 2.5, 3.0, 5.0, 7.0, 7.5)
    for count in range(1, len(front)):
        assert choose(front, count + 1)[:count] == choose(front, count)


def test_one_finalist_is_the_most_accurate(row: Row) -> None:
    front = front_at(row, 1.0, 2.0, 3.0)
    assert choose(front, 1) == front[-1:]


def test_a_small_front_is_taken_whole(row: Row) -> None:
    front = front_at(row, 1.0, 2.0)
    assert {r.trial for r in choose(front, 9)} == {0, 1}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"seeds": 5, "seed": 3},
        {"baselines": dict.fromkeys(BASELINES, 4)},
        {"training_seed": 3, "baselines": dict.fromkeys(BASELINES, 3)},
        {"rivals": {"mobilenet_v2": 5}},
        {"seeds": 2, "training_seed": 3, "rivals": {"mobilenet_v2": 1, "deit_tiny": 4}},
    ],
)
def test_fresh_seeds_are_none_of_the_studys(tmp_path: Path, changes: dict[str, object]) -> None:
    config = study(**changes)
    fresh = fresh_seeds(config, 5)
    assert len(set(fresh)) == 5
    run = Run(tmp_path, trials=2, **changes)
    run.go()
    used = {seed for trial in run.trials() for seed in trial.record.seeds}
    assert used
    assert not used & set(fresh)
    assert fresh_seeds(config, 3) == fresh[:3]


def test_the_plan_holds_finalists_and_baselines_with_the_same_seeds(run: Run) -> None:
    plan = make_final_plan(FinalRequest(1), run.summary(), run.config, None)
    trials = {trial.number: trial.record for trial in run.trials()}
    names = [trials[number].name for number in plan.trials]
    assert set(names) == {*BASELINES, None}
    assert names.count(None) == 1
    assert plan.seeds == fresh_seeds(run.config, NUM_SEEDS)
    latencies = [trials[number].latency.ms for number in plan.trials]
    assert latencies == sorted(latencies)


def test_a_rival_added_later_leaves_the_seeds_with_a_test_score(run: Run, tmp_path: Path) -> None:
    run = copied(run, tmp_path)
    assert train_finalists(run, FinalRequest(1, 2))
    before = stored(run)
    config = run.config.model_copy(update={"rivals": {"mobilenet_v2": 5}})
    later = make_final_plan(FinalRequest(1, 4), run.summary(), config, before)
    assert later.seeds == (*before.plan.seeds, *fresh_seeds(config, 2))
    assert make_final_plan(FinalRequest(1, 2), run.summary(), config, before).seeds == (
        before.plan.seeds
    )


def test_a_network_or_seed_with_a_test_score_is_never_dropped(run: Run, tmp_path: Path) -> None:
    run = copied(run, tmp_path)
    assert train_finalists(run, FinalRequest(4, 3))
    before = stored(run)
    assert len(before.plan.trials) == 4 + 3
    later = make_final_plan(FinalRequest(1, 2), run.summary(), run.config, before)
    assert later == before.plan


def test_a_front_of_the_papers_networks_alone_is_refused(run: Run) -> None:
    summary = run.summary()
    rows = [dataclasses.replace(r, on_front=r.role == Role.BASELINE) for r in summary.rows]
    alone = dataclasses.replace(summary, rows=tuple(rows))
    with pytest.raises(StudyError, match=r"front holds MobileViT-.*larger `trials=`"):
        make_final_plan(FinalRequest(2), alone, run.config, None)
    empty = dataclasses.replace(summary, rows=())
    with pytest.raises(StudyError, match=r"front holds nothing.*nothing to re-evaluate"):
        make_final_plan(FinalRequest(2), empty, run.config, None)


def test_other_test_images_than_before_are_refused(run: Run, tmp_path: Path) -> None:
    run = copied(run, tmp_path)
    check_test_images(None, "other", "photos")
    train_finalists(run, FinalRequest(1, 2))
    check_test_images(stored(run), TEST_IMAGES, "photos")
    with pytest.raises(StoreError, match=r"photos are not .* scored on, and .*`fresh=`"):
        check_test_images(stored(run), "other", "photos")
