"""Rivals in a study: trained outside the budget, never on the front, compared with an interval."""

import json
from dataclasses import astuple
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from driving import Run, firsts
from fakes import ArithmeticEvaluator, InlineExecutor

from nasbench_mvit.analysis.significance import compare_scores
from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.rivals import RIVALS, RivalSpec
from nasbench_mvit.cli.shared.console import plain_console, print_parts
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.evaluators.proxy import Report
from nasbench_mvit.search.finalists.choice import FinalRequest, make_final_plan
from nasbench_mvit.search.loop.driver import Ending
from nasbench_mvit.search.loop.estimate import Pace, make_plan
from nasbench_mvit.search.reports.files import write_report
from nasbench_mvit.search.reports.published_points import published_points
from nasbench_mvit.search.reports.rivals import claims_json
from nasbench_mvit.search.reports.text import study_figure
from nasbench_mvit.search.results.choose import best_under
from nasbench_mvit.search.results.claims import CLAIMS, headline, note, verdict
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.search.trials.record import Role, State
from nasbench_mvit.training.proxy.result import TaskResult, TrainingResult
from nasbench_mvit.workbench.studies.text import rivals_text

SEEDS = 3
PACE = Pace(seconds_per_mac=1.0, start_seconds=0.0, update_share=0.9)
STUDY = {
    "baselines": dict.fromkeys(BASELINES, SEEDS),
    "rivals": dict.fromkeys(RIVALS, SEEDS),
    "trials": 0,
}
OF_CLASSIFIERS = tuple(claim for claim in CLAIMS if claim.task == "classification")


class DetectingEvaluator(ArithmeticEvaluator):
    """Gives scores as of a detector, with one standard error."""

    ERROR: ClassVar = 0.02

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        found = super().__call__(spec, seed, report)
        return TaskResult(**vars(found), metric="mAP50", standard_error=self.ERROR)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("rivals"), **STUDY)
    assert run.go() is Ending.BUDGET
    return run


def test_rivals_are_trained_with_the_seeds_of_the_baselines_and_nothing_else_is(run: Run) -> None:
    trials = run.trials()
    assert [t.record.name for t in trials] == [*BASELINES, *RIVALS]
    for trial in trials:
        assert trial.state is State.COMPLETE
        assert [e.seed for e in trial.record.evaluations] == list(range(SEEDS))
    assert {t.record.spec_id for t in trials[3:]} == {RivalSpec(name).id for name in RIVALS}


def test_rivals_stand_beside_the_front_and_never_on_it(run: Run) -> None:
    summary = run.summary()
    assert {row.name for row in summary.rivals} == {"MobileNetV2", "MobileNetV3-Large", "DeiT-Tiny"}
    assert summary.front
    assert not any(row.role == Role.RIVAL for row in summary.front)
    assert "MobileNetV2" not in summary.noise_source
    fastest = min(summary.rows, key=lambda row: row.latency_ms)
    assert fastest.role == Role.RIVAL, "it would be on the front if it might"
    assert best_under(run.trials(), run.candidates, 100.0).record.role is not Role.RIVAL


def test_a_kill_loses_no_training_of_a_rival(tmp_path: Path) -> None:
    executor = InlineExecutor(ArithmeticEvaluator(), stop_after=12)
    with pytest.raises(KeyboardInterrupt):
        Run(tmp_path, **STUDY).go(executor)
    again = InlineExecutor(ArithmeticEvaluator())
    run = Run(tmp_path, **STUDY)
    assert run.go(again) is Ending.BUDGET
    done = executor.submitted[: executor.finished] + again.submitted
    assert len(done) == len({(job.spec.id, job.seed) for job in done}) == 6 * SEEDS


def test_rivals_may_be_added_to_a_study_that_has_run(tmp_path: Path) -> None:
    before = Run(tmp_path, trials=3)
    before.go()
    found = [t.record.spec_id for t in firsts(before.trials(), Role.SEARCH)]
    after = Run(tmp_path, trials=3, rivals={"deit_tiny": 1})
    executor = InlineExecutor(ArithmeticEvaluator())
    assert after.go(executor) is Ending.BUDGET
    assert [job.spec.id for job in executor.submitted] == [RivalSpec("deit_tiny").id]
    assert [t.record.spec_id for t in firsts(after.trials(), Role.SEARCH)] == found
    check = after.summary().claims
    assert check is not None
    assert headline(check).endswith("that MobileViT-S, DeiT-Tiny share, they share 1")


def test_each_claim_is_compared_seed_by_seed(run: Run) -> None:
    check = run.summary().claims
    assert check is not None
    assert check.claims == OF_CLASSIFIERS
    assert check.seeds == tuple(range(SEEDS))
    names = list(dict.fromkeys(name for c in check.claims for name in (c.network, c.rival)))
    by_name = {t.record.name: t.record for t in run.trials()}
    scores = np.array([[e.result.top1 for e in by_name[name].evaluations] for name in names])
    expected = compare_scores(
        scores,
        (scores * (1 - scores) / 100).mean(1),
        100,
        [(names.index(c.network), names.index(c.rival)) for c in check.claims],
    )
    assert check.comparison is not None
    for (claim, difference), wanted in zip(check.checked, expected.differences, strict=True):
        assert astuple(difference) == pytest.approx(astuple(wanted))
        gap = by_name[claim.network].top1() - by_name[claim.rival].top1()
        assert difference.estimate == pytest.approx(gap)
        if difference.exceeds_noise:
            assert verdict(difference) == f"{'same' if gap > 0 else 'opposite'} direction"
        else:
            assert verdict(difference) == "inside the noise"


def test_a_rival_that_fails_leaves_its_own_claim_unchecked_and_says_why(tmp_path: Path) -> None:
    run = Run(tmp_path, **STUDY)
    bad = frozenset({RivalSpec("deit_tiny").id})
    run.go(InlineExecutor(ArithmeticEvaluator(diverging=bad)))
    check = run.summary().claims
    assert check is not None
    assert [claim for claim, _ in check.checked] == [
        claim for claim in OF_CLASSIFIERS if claim.rival != "deit_tiny"
    ]
    assert headline(check).endswith("not trained to the end: DeiT-Tiny")


def test_without_a_baseline_to_its_end_nothing_is_checked(tmp_path: Path) -> None:
    run = Run(tmp_path, **STUDY)
    bad = frozenset(published(name).id for name in ("mobilevit_s", "mobilevit_xs"))
    run.go(InlineExecutor(ArithmeticEvaluator(diverging=bad)))
    check = run.summary().claims
    assert check is not None
    assert check.checked == []
    assert headline(check) == (
        "the claims are not checked yet: not trained to the end: MobileViT-S, MobileViT-XS"
    )


def test_the_report_shows_rivals_and_claims(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary, predictor = run.summary(), run.candidates.predictor
    write_report(tmp_path, "rivals", run.config, summary, predictor)
    data = json.loads((tmp_path / "front.json").read_text())
    assert [entry["spec"]["rival"] for entry in data["rivals"]] == [
        row.network.rival for row in summary.rivals if isinstance(row.network, RivalSpec)
    ]
    assert [claim["imagenet_points"] for claim in data["claims"]["claims"]] == [3.2, 6.2, 1.5]
    page = (tmp_path / "report.html").read_text()
    assert "The rivals under the same proxy" in page
    assert "MobileViT-S above DeiT-Tiny" in page
    table = pd.read_csv(tmp_path / "trials.csv").set_index("name")
    assert table.role["DeiT-Tiny"] == "rival"
    assert np.isnan(table["stage3.dim"]["DeiT-Tiny"])
    print_parts(plain_console(), rivals_text(summary))
    printed = capsys.readouterr().out
    assert "0.92 published" in printed
    assert summary.claims is not None
    assert headline(summary.claims) in printed
    assert "MobileViT-S above MobileNetV3-Large: " in printed
    assert "…" not in printed, "a table is cut"


def test_the_figure_has_them_in_both_panels(run: Run) -> None:
    summary, predictor = run.summary(), run.candidates.predictor
    by_name = {trace.name: trace for trace in study_figure(run.config, summary, predictor).data}
    assert len(by_name["rivals, same proxy"].x) == len(RIVALS)
    assert len(by_name["published MobileViTs, same proxy"].x) == len(BASELINES)
    assert "searched, dominated" not in by_name or len(by_name["searched, dominated"].x) == 0
    rivals = by_name["rivals, same proxy"]
    assert max(rivals.error_x.arrayminus) > 0, "that of MobileNetV3-Large is an extrapolation"
    assert rivals.error_y.array is None, "the noise is that of MobileViTs"
    paper = published_points(predictor, summary.rivals).set_index("name")
    columns = ["group", "top1", "latency_ms", "latency_kind"]
    assert list(paper.loc["MobileNetV2", columns]) == ["rivals", 73.3, 0.92, "published"]
    assert paper.latency_kind["MobileNetV3-Large"] == "estimated"


def test_the_plan_counts_their_trainings(run: Run) -> None:
    outlook = run.candidates.outlook(np.random.default_rng(0))
    plan = make_plan(run.config, outlook, PACE, workers=1)
    assert plan.trainings == 6 * SEEDS
    without = make_plan(run.config.model_copy(update={"rivals": {}}), outlook, PACE, workers=1)
    assert without.trainings == 3 * SEEDS
    assert without.core_seconds < plan.core_seconds


@pytest.mark.parametrize("name", ["rivals", "rivals_detection", "rivals_segmentation"])
def test_a_shipped_study_checks_every_claim_with_seeds_they_share(name: str) -> None:
    _, config = load_study(name)
    assert config.trials == 0
    counts = config.baselines | config.rivals
    claims = [claim for claim in CLAIMS if claim.task == config.proxy.task]
    assert min(counts[name] for claim in claims for name in (claim.network, claim.rival)) >= 3
    assert {claim.rival for claim in claims} == set(config.rivals)


def test_claims_of_a_task_are_published_scores_and_the_errors_of_its_metric(tmp_path: Path) -> None:
    names = ["mobilevit_s", "mobilevit_xs", "mobilenet_v2", "mobilenet_v3_large"]
    run = Run(
        tmp_path,
        space="mobilevit_detection",
        proxy={"task": "detection", "input_size": 128, "batch_size": 8},
        **STUDY | {"rivals": dict.fromkeys(names[2:], SEEDS)},
    )
    run.go(InlineExecutor(DetectingEvaluator()))
    check = run.summary().claims
    assert check is not None
    assert [(c.network, c.rival, c.points) for c in check.claims] == [
        ("mobilevit_s", "mobilenet_v3_large", 5.7),
        ("mobilevit_s", "mobilenet_v2", 5.6),
        ("mobilevit_xs", "mobilenet_v3_large", 2.8),
        ("mobilevit_xs", "mobilenet_v2", 2.7),
    ]
    assert check.comparison is not None
    assert check.comparison.image_variance == pytest.approx(2 * DetectingEvaluator.ERROR**2)
    entry = claims_json(check, "map50")["claims"][0]
    assert entry["coco_points"] == 5.7
    assert entry["proxy_map50"] == check.checked[0][1].estimate
    assert "this says nothing of COCO" in note(check)
    paper = published_points(run.candidates.predictor, run.summary().rivals, "detection")
    assert list(paper.set_index("name").top1[["MobileNetV2", "MobileNetV3-Large"]]) == [22.1, 22.0]


def test_scores_alone_are_compared_more_cautiously_than_hits() -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        compare_scores(np.ones((2, 1)), np.zeros(2), 100, [(0, 1)])
    scores = np.array([[0.6, 0.7], [0.5, 0.6]])
    variances = np.array([0.65 * 0.35, 0.55 * 0.45])
    many, few = (
        compare_scores(scores, variances / n, n, [(0, 1)]).differences[0] for n in (10_000, 100)
    )
    assert many.estimate == few.estimate == pytest.approx(0.1)
    assert many.high - many.low < few.high - few.low
    comparison = compare_scores(scores, variances / 100, 100, [(0, 1)])
    assert comparison.image_variance == pytest.approx((0.65 * 0.35 + 0.55 * 0.45) / 100)


def test_a_study_of_nothing_but_fixed_networks_has_no_finalists(run: Run) -> None:
    with pytest.raises(StudyError, match="no network of the search"):
        make_final_plan(FinalRequest(3), run.summary(), run.config, None)
