"""The rule of a study's front, from its file to store, sampler, pruning and report."""

from pathlib import Path

import numpy as np
import pytest
from driving import Run, study

from nasbench_mvit.analysis.pareto import FrontRule, hypervolume
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.memory import peak_mb
from nasbench_mvit.errors import StoreError
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.loop.pruning import Pruner
from nasbench_mvit.search.reports.text import readable_rows, study_figure
from nasbench_mvit.search.samplers.by_name import parameters
from nasbench_mvit.search.samplers.study_sampler import KnownObjectives, KnownPart
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.opening import stored_decisions
from nasbench_mvit.search.study.sections import Reference
from nasbench_mvit.search.trials.candidates import Candidates, Outlook
from nasbench_mvit.search.trials.record import Role, State, TrialRecord
from nasbench_mvit.workbench.studies.prepared_study import decided, prepare_study

GOLDEN = Path(__file__).parents[2] / "golden" / "study_v1"
ENDS = {FrontRule.POINT: "ms", FrontRule.UPPER: "high", FrontRule.SUPPORTED: "high"}
REFERENCE = {"top1": 0.0, "latency_ms": 20.0, "peak_activation_mb": 40.0}


def cost(record: TrialRecord, rule: FrontRule) -> float:
    """Return the cost that counts of a network."""
    if rule is FrontRule.MEMORY:
        return peak_mb(record.network())
    return float(getattr(record.latency, ENDS[rule]))


@pytest.fixture(scope="module", params=FrontRule)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    pruning = {"rungs": [0.25], "reduction": 2}
    run = Run(
        tmp_path_factory.mktemp("run"), front=request.param.value, trials=12, pruning=pruning,
        sampler="cost_aware", reference=REFERENCE,
        baselines={"mobilevit_s": 1, "mobilevit_xs": 1, "mobilevit_xxs": 1},
    )  # fmt: skip
    run.go()
    return run


def test_optuna_is_told_the_cost_that_counts(run: Run) -> None:
    optuna = run.store().study
    assert optuna.metric_names == ["proxy_top1", run.config.rule.column]
    told = {t.number: t.values[1] for t in optuna.trials if t.values}
    ends = {t.number: cost(t.record, run.config.rule) for t in run.trials()}
    assert told
    assert told == pytest.approx({number: ends[number] for number in told})


def test_the_sampler_expects_that_cost(run: Run) -> None:
    space = run.candidates.space
    specs = [space.sample(np.random.default_rng(seed)) for seed in range(5)]
    known = KnownPart(KnownObjectives(run.candidates), "cost")
    found = known.many([parameters(space, spec) for spec in specs])
    assert found == pytest.approx(
        [
            cost(run.candidates.record(spec, role=Role.SEARCH, seeds=(0,)), run.config.rule)
            for spec in specs
        ]
    )


def test_rungs_compare_by_it(run: Run) -> None:
    pruning = Pruner(run.config.pruning, run.config.proxy.fractions, run.candidates)
    trials = {trial.number: trial for trial in run.trials()}
    for trial in trials.values():
        pruning.remember(trial)
    standings = pruning.rungs.standings[0.25]
    assert standings
    for number, standing in standings.items():
        assert standing.cost == cost(trials[number].record, run.config.rule)
        if run.config.rule is not FrontRule.SUPPORTED:
            assert standing.dominated_cost == standing.cost


def test_report_and_hypervolume_follow_it(run: Run) -> None:
    summary, rule = run.summary(), run.config.rule
    table = summary.frame()
    costs = table[rule.front_column]
    assert costs.tolist() == [cost(trial.record, rule) for trial in run.trials()]
    front = table[table.on_front]
    assert summary.rule is run.config.rule
    assert summary.hypervolume == pytest.approx(
        hypervolume(
            front.top1,
            front[rule.front_column],
            worst_top1=0.0,
            worst_latency_ms=REFERENCE[rule.column],
        )
    )
    complete = table[(table.state == State.COMPLETE) & table.duplicate_of.isna()]
    for row in front.itertuples():
        better = complete[complete.top1 > row.top1]
        least = getattr(row, rule.column) if rule is FrontRule.MEMORY else row.latency_low_ms
        assert (better[rule.front_column] > least).all()


def test_figure_and_tables_name_the_cost_its_unit_and_its_kind(run: Run) -> None:
    summary, rule = run.summary(), run.config.rule
    figure = study_figure(run.config, summary, run.candidates.predictor)
    title = figure.layout.xaxis2.title.text.replace("<br>", " ")
    assert title.startswith(f"{rule.noun} o")
    assert f"{rule.unit} (" in title
    assert "estimated" in title
    front = next(t for t in figure.data if t.name == "searched, on the front")
    shown = [row.cost(rule) for row in summary.front if row.role == Role.SEARCH]
    assert sorted(front.x) == pytest.approx(sorted(shown))
    assert f"%{{x:.2f}} {rule.unit} [" in front.hovertemplate
    assert "estimated peak MB" in readable_rows(summary.front, summary)
    assert set(summary.frame().peak_activation_kind) == {"estimated"}
    assert [row.cost(rule) for row in summary.front] == sorted(
        row.cost(rule) for row in summary.front
    )


def test_the_rule_of_a_study_does_not_change(run: Run) -> None:
    stored = stored_decisions(run.location, "test")
    assert stored == (run.config.rule, run.config.reference)
    other = next(rule for rule in FrontRule if rule is not run.config.rule)
    assert run.location.file is not None
    with pytest.raises(StoreError, match="was started with another front"):
        Run(run.location.file.parent, **run.config.model_dump() | {"front": other}).store()


def test_a_store_of_an_earlier_version_has_the_rule_it_had(tmp_path: Path) -> None:
    golden = Location.in_folder(GOLDEN)
    stored = stored_decisions(golden, "smoke")
    assert stored == (FrontRule.POINT, Reference(top1=0.05, latency_ms=15.0))
    assert stored_decisions(golden, "another") is None
    assert stored_decisions(Location.in_folder(tmp_path), "smoke") is None


def test_the_space_is_examined_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    examined: list[Candidates] = []
    outlook = Candidates.outlook

    def counted(candidates: Candidates, rng: np.random.Generator) -> Outlook:
        examined.append(candidates)
        return outlook(candidates, rng)

    monkeypatch.setattr(Candidates, "outlook", counted)
    prepared = prepare_study(study(front=None), name=None, run_dir=tmp_path, workers=1, ray=None)
    assert prepared.outlook() == prepared.outlook()
    assert len(examined) == 1


@pytest.mark.parametrize(
    ("front", "predictor", "location", "expected"),
    [
        (None, "iphone12_coreml", None, FrontRule.UPPER),
        (None, "epyc_onnxruntime", None, FrontRule.POINT),
        ("supported", "iphone12_coreml", None, FrontRule.SUPPORTED),
        (None, "iphone12_coreml", Location.in_folder(GOLDEN), FrontRule.POINT),
    ],
)
def test_where_most_is_extrapolated_the_upper_end_counts(
    front: str | None, predictor: str, location: Location | None, expected: FrontRule
) -> None:
    config = study(front=front, space="mobilevit")
    space = SearchSpace.load("mobilevit")
    candidates = Candidates(space, load_predictor(predictor), config.limits)
    rng = np.random.default_rng(config.seed)
    found = decided(config, lambda: candidates.outlook(rng), "smoke", location)
    assert found.rule is expected
    assert found.reference == config.reference


def test_a_stored_study_keeps_its_reference_point() -> None:
    config = study(front="point", reference=None)
    golden = Location.in_folder(GOLDEN)
    stored = decided(config, lambda: pytest.fail("not needed"), "smoke", golden).reference
    assert stored == Reference(top1=0.05, latency_ms=15.0)
    assert decided(config, lambda: pytest.fail("not needed"), "smoke", None).reference is None


def test_a_search_without_a_reference_point_makes_one(tmp_path: Path) -> None:
    run = Run(tmp_path, reference=None, sampler="cost_aware", trials=14)
    run.go()
    summary = run.summary()
    top1 = [row.top1 for row in summary.baselines]
    assert summary.reference.top1 == pytest.approx(max(2 * min(top1) - max(top1), 0.0))
    assert summary.reference.cost == pytest.approx(1.1 * summary.baselines[0].latency_ms)
    assert summary.hypervolume > 0
    Run(tmp_path, reference=None, sampler="cost_aware", trials=14).store()  # the same study
