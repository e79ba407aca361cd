"""What trainings of an ablation amount to, and what reports say of it."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest
from ablating import TINY_RECIPE, ArmArithmetic, ablation_config
from fakes import planned_evaluator

from nasbench_mvit.ablation.design.design import Ablation, make_ablation
from nasbench_mvit.ablation.design.trainings import plan
from nasbench_mvit.ablation.results.document import Verdict, read_report
from nasbench_mvit.ablation.results.files import markdown, write_report
from nasbench_mvit.ablation.results.latex import escape
from nasbench_mvit.ablation.results.sentences import notes, status, verdict
from nasbench_mvit.ablation.results.summarise import summarise
from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.ablation.results.tables import arm_rows, scaling_rows
from nasbench_mvit.ablation.results.text import report_text
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.training.proxy.result import TrainingResult

EFFECTS = {"kernel: 1": -0.1, "fusion: without": -0.2}
PAPER = {
    "source": "Table 0",
    "device": "a phone",
    "held_fixed": "everything else",
    "results": [
        {"settings": {}, "top1": 78.4, "latency_ms": 9.85},
        {"settings": {"kernel": "1"}, "top1": 77.0},
        {"settings": {"fusion": "without"}, "top1": 78.6},
    ],
}


def ablation(**changes: object) -> Ablation:
    return make_ablation("test", ablation_config(seeds=4, paper=PAPER, **changes))


def summary_of(
    found: Ablation,
    *,
    seeds_done: int = 4,
    effects: dict[str, float] | None = None,
    failing: str = "",
) -> AblationSummary:
    trainings = plan(found, lambda _proxy: "images")
    planned = planned_evaluator(trainings)
    stand_in = ArmArithmetic(planned, EFFECTS if effects is None else effects)
    results: dict[Training, TrainingResult] = {
        training: stand_in(training.spec, place, lambda _report: None)
        for place, training in enumerate(trainings)
        if training.seed < seeds_done and training.recipe != failing
    }
    failures = {t: "the loss is not finite" for t in trainings[:3] if t.recipe == failing}
    return summarise(found, trainings, results, failures, load_predictor("iphone12_coreml"))


def test_effects_are_found_and_held_against_the_papers() -> None:
    summary = summary_of(ablation())
    kernel, fusion = summary.effects
    assert kernel.effect.estimate == pytest.approx(-10, abs=2)
    assert kernel.paper == pytest.approx(77.0 - 78.4)
    assert kernel.verdict is Verdict.AGREES
    assert fusion.verdict is Verdict.DISAGREES
    assert "inside its ±0.3" in verdict(fusion)
    assert summary.num_missing == 0
    assert status(summary) == "finished: 3 arms with 4 paired seeds each"


def test_without_effects_one_ablation_in_twenty_exceeds_the_noise() -> None:
    recipes = [TINY_RECIPE | {"steps": steps} for steps in range(16, 56)]  # as many draws
    summaries = [summary_of(ablation(proxy=recipe), effects={}) for recipe in recipes]
    verdicts = [{row.verdict for row in summary.effects} for summary in summaries]
    within = {Verdict.NOISE, Verdict.ALONE}
    assert sum(not found <= within for found in verdicts) <= 0.1 * len(recipes)
    assert sum(found == {Verdict.NOISE} for found in verdicts) >= 0.8 * len(recipes)


def test_costs_and_latency_are_of_the_full_size_network() -> None:
    summary = summary_of(ablation(full_size="mobilevit_s"))
    reference = summary.rows[0]
    assert reference.params == count_costs(reference.arm.full_size).params == 5_578_632
    assert reference.arm.spec != reference.arm.full_size
    assert reference.left_out_ms == pytest.approx(10.0, abs=0.01)
    assert any("MobileViT-S, the paper's network" in note for note in notes(summary))


def test_only_seeds_that_all_arms_have_count() -> None:
    found = ablation()
    summary = summary_of(found, seeds_done=2)
    assert summary.seeds == (0, 1)
    assert "6 trainings are missing" in status(summary)
    assert summary.effects
    assert summary_of(found, seeds_done=1).effects == ()
    assert any("two seeds must be whole" in n for n in notes(summary_of(found, seeds_done=1)))


def test_an_arm_that_fails_is_named_and_the_others_compared() -> None:
    summary = summary_of(ablation(), failing="kernel: 1")
    assert [row.contrast.arm for row in summary.effects] == [2]
    assert "not finite" in str(arm_rows(summary).iloc[1, 1])
    assert math.isnan(summary.rows[1].delta)


def test_values_of_the_recipe_stand_once_where_arms_share_them() -> None:
    factors = {
        "weight decay": {
            "default": "0.01",
            "settings": {"0.01": {}, "0.1": {"recipe": {"weight_decay": 0.1}}},
        }
    }
    found = make_ablation("test", ablation_config(factors=factors))
    rows = scaling_rows(summary_of(found))
    decays = rows[rows.quantity == "weight decay λ"]
    assert list(decays.arm) == ["0.01", "0.1"]
    assert list(rows[rows.quantity == "updates"].arm) == ["all"]


def test_reports_hold_every_arm_and_note(tmp_path: Path) -> None:
    summary = summary_of(ablation(description="a <b>test</b>"))
    write_report(tmp_path, summary)
    report = read_report(tmp_path / "ablation.json")
    assert [arm.arm for arm in report.arms] == [row.arm.name for row in summary.rows]
    assert report.effects[0].paper_source == "Table 0"
    assert report.notes[1:] == notes(summary)
    text = (tmp_path / "report.md").read_text()
    page = (tmp_path / "report.html").read_text()
    latex = (tmp_path / "report.tex").read_text()
    for row in summary.rows:
        assert f"| {row.arm.name} |" in text
        assert row.arm.name in page
        assert escape(row.arm.name) in latex
    assert "a <b>test</b>" not in page
    arms = pd.read_csv(tmp_path / "arms.csv")
    assert list(arms.params) == [row.params for row in summary.rows]
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert len(scores) == 3 * 4
    assert len(pd.read_csv(tmp_path / "effects.csv")) == len(summary.effects)
    assert json.loads((tmp_path / "ablation.json").read_text())["schema_version"] == 1


def test_before_any_training_a_report_has_costs_and_no_effects(tmp_path: Path) -> None:
    summary = summary_of(ablation(), seeds_done=0)
    write_report(tmp_path, summary)
    assert "not trained yet" in markdown(report_text(summary))
    assert not (tmp_path / "ablation.json").exists()
    assert (tmp_path / "report.html").exists()


def test_latex_takes_no_text_for_a_command() -> None:
    assert escape("50 % of a_b & {c}") == r"50 \% of a\_b \& \{c\}"
