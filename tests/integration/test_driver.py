import math
from pathlib import Path

import numpy as np
import optuna
import pytest
from fakes import ArithmeticEvaluator, InlineExecutor, curve_of

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import StoreError, StudyError
from nasbench_mvit.latency.predictor import load_predictor
from nasbench_mvit.search.candidates import Candidates
from nasbench_mvit.search.driver import Driver, Ending
from nasbench_mvit.search.executor import Event, Executor, Failed
from nasbench_mvit.search.record import Role, State, StoredTrial
from nasbench_mvit.search.samplers import make_sampler
from nasbench_mvit.search.snapshot import take_snapshot
from nasbench_mvit.search.store import Location, StudyStore, open_store
from nasbench_mvit.search.study import SAMPLERS, StudyConfig
from nasbench_mvit.search.summary import Summary, summarise

CONTENT = {"space": "s", "predictor": "p", "images": "i"}


class Silent:
    """An observer that only counts."""

    def __init__(self) -> None:
        self.trials: list[StoredTrial] = []

    def resumed(self, trials: list[StoredTrial]) -> None:
        self.trials += trials

    def event(self, event: Event) -> None:
        del event

    def trial(self, trial: StoredTrial) -> None:
        self.trials.append(trial)

    def tick(self) -> None:
        pass


def study(**changes: object) -> StudyConfig:
    data = {
        "schema_version": 1,
        "description": "a test",
        "space": "mobilevit_debug",
        "predictor": "iphone12_coreml",
        "trials": 5,
        "baselines": {"mobilevit_s": 1, "mobilevit_xs": 1, "mobilevit_xxs": 3},
        "reference": {"top1": 0.0, "latency_ms": 20.0},
    }
    return StudyConfig.model_validate(data | changes)


class Run:
    """One study in a directory, opened anew for every call, as a new process would."""

    def __init__(self, folder: Path, **changes: object) -> None:
        self.config = study(**changes)
        self.location = Location.in_folder(folder)
        predictor = load_predictor(self.config.predictor)
        self.candidates = Candidates(
            SearchSpace.load(self.config.space), predictor, self.config.limits
        )

    def store(self) -> StudyStore:
        store = open_store(self.location, "test", take_snapshot(self.config, CONTENT))
        seed = self.config.seed + len(store.trials())
        store.study.sampler = make_sampler(self.config.sampler, seed)
        return store

    def go(self, executor: Executor | None = None) -> Ending:
        executor = executor or InlineExecutor(ArithmeticEvaluator())
        driver = Driver(self.config, self.candidates, self.store(), executor, Silent())
        return driver.run(lambda: False)

    def trials(self) -> list[StoredTrial]:
        return self.store().trials()

    def summary(self) -> Summary:
        return summarise(self.trials(), self.config, self.candidates)


def firsts(trials: list[StoredTrial], role: Role) -> list[StoredTrial]:
    return [t for t in trials if t.record.role is role and t.record.duplicate_of is None]


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


def test_what_is_told_is_what_was_evaluated(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.go()
    store = run.store()
    for trial in store.trials():
        expected = curve_of(trial.record.network(), 0)[-1].top1
        told = store.study.trials[trial.number].values
        if not run.candidates.space.contains(trial.record.network()):
            assert told is None  # the sampler has nothing to learn from it
        elif trial.record.spec_id != published("mobilevit_xxs").id:
            assert told == [pytest.approx(expected), trial.record.latency.ms]
    (narrow,) = (t for t in store.trials() if t.record.name == "mobilevit_xxs")
    mean = sum(curve_of(published("mobilevit_xxs"), s)[-1].top1 for s in range(3)) / 3
    assert store.study.trials[narrow.number].values[0] == pytest.approx(mean)
    assert [e.seed for e in narrow.record.evaluations] == [0, 1, 2]


def test_noise_is_the_spread_of_the_repeated_baseline(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.go()
    summary = run.summary()
    assert summary.noise == pytest.approx(0.01)  # curve_of adds 0.01 per seed: sd of 0, 1, 2
    assert "MobileViT-XXS × 3" in summary.noise_note
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


def test_a_trial_asked_for_but_never_recorded_is_dropped(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.store().study.ask()
    assert run.go() is Ending.BUDGET
    assert run.store().study.trials[0].state is optuna.trial.TrialState.FAIL
    assert len(firsts(run.trials(), Role.SEARCH)) == run.config.trials


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


@pytest.mark.parametrize("outcome", ["complete", "reject", "fail"])
def test_a_kill_between_writing_and_telling_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    upper = sorted(
        Run(tmp_path)
        .candidates.predictor.predict_many(list(SearchSpace.load("mobilevit_debug").enumerate()))
        .high
    )
    run = Run(tmp_path, trials=100, limits={"latency_ms": float(upper[6])})
    members = list(run.candidates.space.enumerate())
    inside = [m for m in members if run.candidates.predictor.predict(m).high <= upper[6]]
    evaluator = ArithmeticEvaluator(diverging=frozenset({inside[0].id}))

    class Killed(BaseException):
        """Stands for a process that ends without a word."""

    told = {"complete": None, "reject": optuna.trial.TrialState.PRUNED,
            "fail": optuna.trial.TrialState.FAIL}[outcome]  # fmt: skip
    real = optuna.Study.tell

    def tell(self: optuna.Study, *args: object, **kwargs: object) -> object:
        if kwargs.get("state") == told and self.trials[args[0]].params:  # type: ignore[call-overload]
            raise Killed
        return real(self, *args, **kwargs)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(optuna.Study, "tell", tell)
        with pytest.raises(Killed):
            run.go(InlineExecutor(evaluator))
    assert run.go(InlineExecutor(evaluator)) is Ending.EXHAUSTED
    trials = run.trials()
    assert not [t for t in trials if t.state is State.RUNNING]
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
    with pytest.raises(StudyError, match=r"3 trainings in a row.*no space left.*goes on"):
        run.go(FlakyExecutor(ArithmeticEvaluator()))
    assert {t.state for t in run.trials()} <= {State.FAILED, State.RUNNING}
    assert run.go() is Ending.BUDGET
    summary = run.summary()
    done = [row for row in summary.rows if row.state == State.COMPLETE]
    assert {row.name for row in done} >= {"MobileViT-S", "MobileViT-XS", "MobileViT-XXS"}
    assert len({row.spec_id for row in done if row.role == Role.SEARCH}) == run.config.trials
    assert all(math.isnan(row.top1) for row in summary.rows if row.state == State.FAILED)


def test_another_configuration_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    Run(tmp_path).go()
    before = Run(tmp_path).trials()
    with pytest.raises(StoreError, match=r"another seed.*--fresh"):
        Run(tmp_path, seed=7).go()
    assert Run(tmp_path).trials() == before


def test_optuna_sees_the_objectives_and_nothing_else(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.go()
    study = optuna.load_study(study_name="test", storage=run.location.url)
    assert study.metric_names == ["proxy_top1", "latency_ms"]
    assert [d.name for d in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert {p for t in study.trials for p in t.params} == {
        axis.name for axis in run.candidates.space.axes
    }
