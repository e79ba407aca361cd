import math
from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import TRIAL_SECONDS, append_trials, synthetic_records, synthetic_run

from nasbench_mvit.figures.endings import endings_figure
from nasbench_mvit.figures.space import (
    Coordinate,
    coordinates_figure,
    coverage_figure,
    importance_figure,
    marginal_figure,
)
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.workbench.exploration import parameters as space
from nasbench_mvit.workbench.exploration.growth import endings
from nasbench_mvit.workbench.shared.run_directory import locked
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.progress.study_progress import progress_of, running_now
from nasbench_mvit.workbench.studies.study import Study

COUNT = 100


def look(folder: Path, count: int, *, running_trials: int = 0) -> Study:
    run = synthetic_run(folder / f"run{count}.{running_trials}", count)
    records = synthetic_records(load_study("latency_iphone")[1], COUNT)[-running_trials:]
    if running_trials:
        append_trials(run / STORE_FILE, [("RUNNING", r.changed(evaluations=(), rejection=None))
                                         for _, r in records])  # fmt: skip
    with locked(run):
        return open_study(run / STORE_FILE)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return look(tmp_path_factory.mktemp("runs"), COUNT)


def test_every_trial_is_counted_once(study: Study) -> None:
    progress = progress_of(study)
    assert sum(progress.counts.values()) == len(study.timed_trials)
    assert progress.minutes == pytest.approx(len(study.timed_trials) * TRIAL_SECONDS / 60)
    assert progress.is_done
    assert progress.minutes_left == 0


def test_time_left_is_the_work_left_at_the_speed_so_far(tmp_path: Path) -> None:
    study = look(tmp_path, 10, running_trials=2)
    progress = progress_of(study)
    trained = study.timed_trials[study.timed_trials.seeds.map(len) > 0].sort_values("minutes")
    span = trained.minutes.iloc[-1] - trained.minutes.iloc[0]
    later = trained.iloc[1:]
    assert progress.networks_per_hour == pytest.approx(len(later) / span * 60)
    macs_per_minute = (later.macs * later.seeds.map(len)).sum() / span
    begun = study.timed_trials[study.timed_trials.state == "running"]
    searched = trained[trained.role == "search"]
    known = [*searched.macs, *begun.macs]
    unknown = study.config.trials - len(known)
    left = begun.macs.sum() + unknown * sum(known) / len(known)
    assert progress.minutes_left == pytest.approx(left / macs_per_minute)
    assert len(running_now(study)) == 2


def test_before_two_networks_are_trained_no_speed_is_known(tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", 0)
    study = open_study(run / STORE_FILE)
    assert not math.isnan(progress_of(study).networks_per_hour)  # the baselines
    fresh = study.timed_trials.head(1)
    assert endings(study).outcome.tolist() == ["complete"] * 3
    assert len(fresh) == 1


def test_reasons_that_differ_in_numbers_alone_are_one(study: Study) -> None:
    reasons = study.failures
    assert reasons.trials.sum() == int((study.timed_trials.reason != "").sum())
    assert reasons.reason.is_unique
    assert any("the limit is 8" in reason for reason in reasons.reason)
    assert len(endings_figure(endings(study)).data) == study.timed_trials.state.nunique()


def test_importance_and_coverage_follow_the_architecture(study: Study) -> None:
    found = space.importances(study.timed_trials)
    assert set(found.result) == {"top1", "latency_ms"}
    assert found.share.between(0, 1).all()
    kernel = found[found.field == "stage3.fusion_kernel"]
    has_one = study.timed_trials["stage3.fusion_kernel"].notna()
    assert set(kernel.networks) == {int((has_one & study.timed_trials.top1.notna()).sum())}
    assert 0 < has_one.sum() < COUNT
    assert len(importance_figure(found, "proxy top-1").data) == 2
    covered = space.coverage(study)
    assert covered.visited == COUNT
    of_stem = covered.choices[covered.choices.field == "stem_channels"]
    assert of_stem.networks.sum() == COUNT
    assert of_stem.value.tolist() == ["16", "24", "32"]
    kernels = covered.choices[covered.choices.field == "stage3.fusion_kernel"]
    searched = study.timed_trials.role == "search"  # coverage leaves the published networks out
    assert kernels.networks.sum() == int(has_one[searched].sum())
    fusions = covered.choices[covered.choices.field == "stage3.fusion"]
    assert set(fusions.value) == {"none", "input", "local"}
    assert fusions.networks.sum() == COUNT
    assert len(coverage_figure(covered.choices).data[0].x) == len(covered.choices)


def test_a_space_that_is_gone_is_a_reason_and_no_error(study: Study) -> None:
    config = study.config.model_copy(update={"space": "gone"})
    reading = replace(study.reading, config=config)
    lost = replace(study, reading=reading)
    assert "gone" in space.coverage(lost).problem


def test_picked_networks_stand_before_the_others(study: Study) -> None:
    trained = study.timed_trials[study.timed_trials.top1.notna()]
    places, ticks = space.positions(trained, "stage3.fusion_kernel")
    assert ticks == ["1", "3", "–"]
    axes = [Coordinate("stage3.fusion_kernel", places, ticks), Coordinate("x", trained.latency_ms)]
    plain = coordinates_figure(axes, trained.top1, trained.trial < 0, "proxy top-1")
    assert plain.data[0].line.showscale
    is_first = trained.trial == trained.trial.iloc[0]
    picked = coordinates_figure(axes, trained.top1, is_first, "proxy top-1")
    assert sum(picked.data[0].line.color) == 1
    assert list(picked.data[0].dimensions[0].ticktext) == ticks


def test_a_marginal_has_a_mean_for_each_value(study: Study) -> None:
    trained = study.timed_trials[study.timed_trials.top1.notna()]
    rows = space.marginal(trained, "stage3.residual")
    jitter, field = space.spread(rows), "stage3.residual"
    figure = marginal_figure(rows, ["False", "True"], jitter, field, "proxy top-1")
    means = trained.groupby("stage3.residual").top1.mean() * 100
    assert list(figure.data[1].y) == pytest.approx(list(means))
