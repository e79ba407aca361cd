import math
from pathlib import Path

import numpy as np
import optuna
import pytest
from driving import Run, firsts
from fakes import ArithmeticEvaluator, InlineExecutor, curve_of
from scipy import stats

from nasbench_mvit.analysis.statistics import pooled_sd
from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.cost.memory import peak_mb
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.loop.driver import Ending
from nasbench_mvit.search.study.config import SAMPLERS
from nasbench_mvit.search.trials.record import Role, State
from nasbench_mvit.search.trials.snapshot import take_snapshot
from nasbench_mvit.table.benchmark import Benchmark


def test_baselines_come_first_and_the_budget_counts_distinct_networks(tmp_path: Path) -> None:
    run = Run(tmp_path)
    executor = InlineExecutor(ArithmeticEvaluator())
    assert run.go(executor) is Ending.BUDGET
    trials = run.trials()
    assert [t.record.name for t in trials[:3]] == list(BASELINES)
    searched = firsts(trials, Role.SEARCH)
    assert len(searched) == run.config.trials
    assert len({t.record.spec_id for t in searched}) == run.config.trials
    assert all(t.state is State.COMPLETE for t in trials)
    assert len(executor.submitted) == len({(j.spec.id, j.seed) for j in executor.submitted})


def test_the_cheapest_baseline_trains_first_and_the_numbers_stay(tmp_path: Path) -> None:
    run = Run(tmp_path)
    executor = InlineExecutor(ArithmeticEvaluator())
    run.go(executor)
    trained = list(dict.fromkeys(job.trial for job in executor.submitted))[:3]
    macs = [run.trials()[number].record.macs for number in trained]
    assert macs == sorted(macs)
    names = [run.trials()[number].record.name for number in trained]
    assert names == list(reversed(BASELINES))  # numbered S, XS, XXS, in every store


def test_what_is_told_is_what_was_evaluated(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.go()
    store = run.store()
    for trial in store.trials():
        expected = curve_of(trial.record.network(), 0)[-1].top1
        told = store.study.trials[trial.number].values
        if not run.candidates.space.contains(mobilevit(trial.record.network())):
            assert told is None  # the sampler has nothing to learn from it
        elif trial.record.spec_id != published("mobilevit_xxs").id:
            assert told == [pytest.approx(expected), trial.record.latency.ms]
    (narrow,) = (t for t in store.trials() if t.record.name == "mobilevit_xxs")
    mean = sum(curve_of(published("mobilevit_xxs"), s)[-1].top1 for s in range(3)) / 3
    assert store.study.trials[narrow.number].values[0] == pytest.approx(mean)
    assert [e.seed for e in narrow.record.evaluations] == [0, 1, 2]


def test_noise_by_the_table_s_recipe_is_that_of_the_table(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.go()
    summary = run.summary()
    repeats = Benchmark.load().frame("top1")[1.0].groupby(level="spec_id")
    scores = [of_one.tolist() for _, of_one in repeats if len(of_one) > 1]
    assert summary.noise == pytest.approx(pooled_sd(scores))
    freedom = sum(len(of_one) - 1 for of_one in scores)
    assert summary.noise_freedom == freedom
    assert (
        f"pooled over {len(scores)} networks of the table mobilevit_table, trained alike with more "
        f"than one seed: {freedom} degrees of freedom"
    ) in summary.noise_note
    by_chance = 100 * stats.t.ppf(0.975, freedom) * 2**0.5 * pooled_sd(scores)
    assert f"up to {by_chance:.1f} points" in summary.noise_note


def test_noise_by_another_recipe_is_the_spread_of_the_repeated_baseline(tmp_path: Path) -> None:
    run = Run(tmp_path, proxy={"steps": 160})
    run.go()
    summary = run.summary()
    assert summary.noise == pytest.approx(0.01)  # curve_of adds 0.01 per seed: sd of 0, 1, 2
    assert "MobileViT-XXS × 3: 2 degrees of freedom" in summary.noise_note
    assert "up to 6.1 points" in summary.noise_note  # 4.303 · √2 · 1 point: Student's t
    repeated = next(row for row in summary.rows if len(row.seeds) == 3)
    assert summary.noise_of(repeated) == pytest.approx(0.01 / 3**0.5)


def test_the_front_holds_no_dominated_network(tmp_path: Path) -> None:
    run = Run(tmp_path, trials=9)
    run.go()
    summary = run.summary()
    front = summary.front
    assert [row.latency_ms for row in front] == sorted(row.latency_ms for row in front)
    assert [row.top1 for row in front] == sorted(row.top1 for row in front)
    for row in summary.rows:
        if not row.on_front and row.duplicate_of is None:
            assert any(f.top1 >= row.top1 and f.latency_ms <= row.latency_ms for f in front)
    assert 0 < summary.hypervolume < 20.0


def test_a_budget_beyond_the_space_ends_when_the_space_is_exhausted(tmp_path: Path) -> None:
    run = Run(tmp_path, trials=1000)
    assert run.go() is Ending.EXHAUSTED
    trials = run.trials()
    space = run.candidates.space
    members = {spec.id for spec in space.enumerate()}
    assert {t.record.spec_id for t in trials} >= members
    assert len(firsts(trials, Role.SEARCH)) == space.size - 1  # XXS is a baseline


def test_a_network_over_the_limit_is_never_trained(tmp_path: Path) -> None:
    candidates = Run(tmp_path).candidates
    upper = sorted(candidates.predictor.predict_many(list(candidates.space.enumerate())).high)
    limit = float(upper[len(upper) // 2])
    run = Run(tmp_path, trials=100, limits={"latency_ms": limit})
    executor = InlineExecutor(ArithmeticEvaluator())
    assert run.go(executor) is Ending.EXHAUSTED
    rejected = [t for t in run.trials() if t.state is State.REJECTED]
    assert rejected
    assert all("the limit is" in (t.record.rejection or "") for t in rejected)
    trained = {job.spec.id for job in executor.submitted} - {published(b).id for b in BASELINES}
    assert trained
    assert not trained & {t.record.spec_id for t in rejected}
    assert all(
        run.candidates.predictor.predict(job.spec).high <= limit
        for job in executor.submitted
        if job.spec.id in trained
    )
    assert all(row.latency_high_ms <= limit for row in run.summary().front)


def test_a_network_over_the_limit_of_memory_is_never_trained(tmp_path: Path) -> None:
    space = Run(tmp_path).candidates.space
    peaks = {spec.id: peak_mb(spec) for spec in space.enumerate()}
    limit = sorted(peaks.values())[len(peaks) // 2 - 1]
    run = Run(tmp_path, trials=100, limits={"peak_activation_mb": limit})
    executor = InlineExecutor(ArithmeticEvaluator())
    assert run.go(executor) is Ending.EXHAUSTED
    rejected = [t.record for t in run.trials() if t.state is State.REJECTED]
    over = {spec_id for spec_id, peak in peaks.items() if peak > limit}
    assert over
    assert rejected
    assert {record.spec_id for record in rejected} <= over
    peak = peaks[rejected[0].spec_id]
    expected = f"a peak of {peak:.2f} MB of activations, the limit is {limit:,}"
    assert rejected[0].rejection == expected


def test_a_limit_of_memory_left_out_is_in_no_study_s_identity(tmp_path: Path) -> None:
    without = take_snapshot(Run(tmp_path).config, {})
    assert "peak_activation_mb" not in str(without)
    with_it = take_snapshot(Run(tmp_path, limits={"peak_activation_mb": 9.0}).config, {})
    assert with_it["identity"]["limits"]["peak_activation_mb"] == 9.0


def test_limits_of_memory_nothing_keeps_name_the_smallest_peak(tmp_path: Path) -> None:
    run = Run(tmp_path, limits={"peak_activation_mb": 0.1})
    smallest = min(peak_mb(spec) for spec in run.candidates.space.enumerate())
    with pytest.raises(StudyError, match=rf"the smallest peak is {smallest:.2f} MB"):
        run.candidates.outlook(np.random.default_rng(0))


def test_limits_nothing_keeps_are_refused_before_any_training(tmp_path: Path) -> None:
    run = Run(tmp_path, limits={"latency_ms": 0.001})
    with pytest.raises(StudyError, match=r"none of 12 networks.*Raise the limits"):
        run.candidates.outlook(np.random.default_rng(0))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_spends_its_budget_and_trains_nothing_twice(
    tmp_path: Path, sampler: str
) -> None:
    run = Run(tmp_path, sampler=sampler, trials=8)
    executor = InlineExecutor(ArithmeticEvaluator())
    assert run.go(executor) is Ending.BUDGET
    jobs = [(job.spec.id, job.seed) for job in executor.submitted]
    assert len(set(jobs)) == len(jobs) == 8 + sum(run.config.baselines.values())


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_same_seed_finds_the_same_networks(tmp_path: Path, sampler: str) -> None:
    found = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        run = Run(tmp_path / name, sampler=sampler, space="mobilevit", trials=6)
        run.go(InlineExecutor(ArithmeticEvaluator(), slots=1))
        found.append([t.record.spec_id for t in run.trials()])
    assert found[0] == found[1]


def test_a_diverging_network_fails_with_its_reason_and_the_search_goes_on(tmp_path: Path) -> None:
    run = Run(tmp_path, trials=1000, seeds=2)
    members = [spec.id for spec in run.candidates.space.enumerate()]
    bad = frozenset(members[1:3]) - {published("mobilevit_xxs").id}
    assert run.go(InlineExecutor(ArithmeticEvaluator(diverging=bad))) is Ending.EXHAUSTED
    failed = [t for t in run.trials() if t.state is State.FAILED]
    assert {t.record.spec_id for t in failed} == bad
    for trial in failed:
        reason = "which failed" if trial.record.duplicate_of else "not finite at step 3"
        assert reason in (trial.record.failure or "")
    summary = run.summary()
    assert not {row.spec_id for row in summary.front} & bad
    assert math.isfinite(summary.hypervolume)


def test_optuna_sees_the_objectives_and_nothing_else(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.go()
    study = optuna.load_study(study_name="test", storage=run.location.url)
    assert study.metric_names == ["proxy_top1", "latency_ms"]
    assert [d.name for d in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert {p for t in study.trials for p in t.params} == {
        axis.name for axis in run.candidates.space.axes
    }
