"""The final evaluation as text, tables and files."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fakes import curve_of
from rich.console import Console

from nasbench_mvit.analysis.significance import ALPHA
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cli.search.search_console import SearchConsole
from nasbench_mvit.cli.shared.console import print_parts
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io.cells import ABSENT
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.engines.contract import Finished, Job
from nasbench_mvit.search.finalists.choice import FinalRequest
from nasbench_mvit.search.finalists.record import Final, FinalPlan, FinalRecord
from nasbench_mvit.search.finalists.report import (
    difference_rows,
    final_json,
    network_rows,
    page_section,
    training_frame,
    verdict_rows,
)
from nasbench_mvit.search.finalists.summary import FinalSummary, summarise_final
from nasbench_mvit.search.finalists.text import headline, notes
from nasbench_mvit.search.reports.files import write_report
from nasbench_mvit.search.results.summary import Summary, summarise
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Evaluation, Role, State, StoredTrial
from nasbench_mvit.training.proxy.result import FinalResult, QuantisedResult, TrainingResult
from nasbench_mvit.workbench.studies.text import final_text

SEEDS = (2, 3, 4)
NUM_TEST = 1000
GOLDEN = Path(__file__).parents[3] / "golden" / "final_records_v1.json"
# Share of the test images that S, XS, XXS, trial 3 and trial 4 name right.
RATES = (0.50, 0.50, 0.20, 0.80, 0.51)
CONFIG = load_study("smoke")[1]
PREDICTOR = load_predictor("iphone12_coreml")


@pytest.fixture(scope="module")
def summary() -> Summary:
    space = SearchSpace.load("mobilevit_debug")
    candidates = Candidates(space, PREDICTOR, CONFIG.limits)
    members = [spec for spec in space.enumerate() if spec.id != published("mobilevit_xxs").id]
    networks = [(published(name), Role.BASELINE, name) for name in BASELINES]
    networks += [(spec, Role.SEARCH, None) for spec in members[:2]]  # type: ignore[misc]
    trials = []
    for number, (spec, role, name) in enumerate(networks):
        result = TrainingResult(curve=curve_of(spec, 0), device="cpu", precision="float32")
        record = candidates.record(spec, role=role, seeds=[0], name=name)
        record = record.changed(evaluations=(Evaluation(seed=0, result=result),))
        trials.append(StoredTrial(number=number, state=State.COMPLETE, record=record))
    return summarise(trials, CONFIG, candidates)


def record(trial: int, seed: int, summary: Summary, failure: str | None = None) -> FinalRecord:
    training = TrainingResult(
        curve=curve_of(summary.rows[trial].network, seed), device="cpu", precision="float32"
    )
    hits = np.random.default_rng([trial, seed]).random(NUM_TEST) < RATES[trial]
    return FinalRecord(
        trial=trial,
        seed=seed,
        test_images="f",
        result=None if failure else FinalResult.of(training, hits),
        failure=failure,
        versions={"nasbench_mvit": "0"},
    )


def final(summary: Summary, *, done: int = 15, failing: int | None = None) -> FinalSummary:
    plan = FinalPlan(trials=(0, 1, 2, 3, 4), seeds=SEEDS)
    records = [
        record(trial, seed, summary, "<b>diverged</b>" if trial == failing else None)
        for seed in SEEDS
        for trial in plan.trials
    ]
    return summarise_final(Final(plan, tuple(records[:done])), summary)


def verdicts(word: FinalSummary) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in verdict_rows(word).itertuples(index=False)}


def test_each_network_is_told_how_it_stands(summary: Summary) -> None:
    said = verdicts(final(summary))
    kind, _, names = said["trial 3"].partition(" than ")
    assert kind == "better"
    assert set(names.split(", ")) == {"MobileViT-S", "MobileViT-XS", "MobileViT-XXS", "trial 4"}
    better, equal, worse = said["trial 4"].split("; ")
    assert (better, worse) == ("better than MobileViT-XXS", "worse than trial 3")
    assert equal.startswith("not told apart from MobileViT-")
    assert "MobileViT-S" not in said["MobileViT-XS"]  # published ones are not compared
    assert said["MobileViT-XXS"] in {"worse than trial 3, trial 4", "worse than trial 4, trial 3"}


def test_the_headline_and_the_notes_state_the_basis(summary: Summary) -> None:
    word = final(summary)
    text = headline(word)
    assert "5 networks trained anew with the seeds 2, 3, 4" in text
    assert "1,000 test images; the search used neither" in text
    larger = sum(d.exceeds_noise for _, _, d in word.differences)
    assert f"{larger} of 7 differences are larger than the noise" in text
    said = notes(word)
    assert f"p is below {ALPHA} after Holm's correction for 7 comparisons" in said["Verdict"]
    assert "pooled over 5 networks" in said["Noise"]
    assert "8 degrees of freedom" in said["Noise"]
    assert word.comparison is not None
    points = 100 * word.comparison.smallest_difference()
    assert f"3 seeds find a true difference of {points:.1f} points" in said["Power"]
    assert "6 one of" in said["Power"]


def test_optimism_is_the_search_above_the_fresh_seeds(summary: Summary) -> None:
    word = final(summary)
    rows = {row.trial: row for row in summary.rows}
    # curve_of adds 0.01 for each seed: the seeds 2, 3, 4 lie 0.03 above the search's 0.
    for of_baselines, trials in ((False, (3, 4)), (True, (0, 1, 2))):
        validation, test = word.optimism(of_baselines=of_baselines)
        assert validation == pytest.approx(-0.03)
        scores = {f.row.trial: f.test_top1 for f in word.finalists}
        expected = np.mean([rows[n].top1 - scores[n] for n in trials])
        assert test == pytest.approx(expected)
    assert "the best of 2 networks" in notes(word)["Optimism"]
    assert "3.0 points more than in the search" in notes(word)["Optimism"]


def test_spread_and_sampling_error_are_those_of_the_scores(summary: Summary) -> None:
    (finalist,) = (f for f in final(summary).finalists if f.row.trial == 3)
    scores = [result.test_top1 for result in finalist.results]
    assert finalist.seed_sd == pytest.approx(np.std(scores, ddof=1))
    rates = np.mean([result.unpacked() for result in finalist.results], axis=0)
    assert finalist.sampling_error == pytest.approx(np.std(rates, ddof=1) / NUM_TEST**0.5)


def test_while_trainings_are_missing_nothing_is_compared(summary: Summary) -> None:
    word = final(summary, done=12)
    assert "3 trainings are still to do: asking for the finalists again" in headline(word)
    assert set(verdicts(word).values()) == {"not compared yet"}
    assert notes(word) == {}
    assert difference_rows(word).empty
    json.dumps(final_json(final(summary, done=0)), allow_nan=False)
    assert network_rows(final(summary, done=0))["test top-1"].tolist() == ["–"] * 5


def test_a_failed_network_stands_last_with_its_reason(summary: Summary) -> None:
    word = final(summary, failing=3)
    assert word.finalists[-1].row.trial == 3
    assert verdicts(word)["trial 3"] == "not compared; seed 2: <b>diverged</b>"
    assert len(word.differences) == 3  # trial 4 and the three published
    frame = training_frame(word)
    assert set(frame[frame.trial == 3].failure) == {"<b>diverged</b>"}


def test_where_all_finalists_fail_the_rest_still_stands(summary: Summary) -> None:
    plan = FinalPlan(trials=(0, 3), seeds=SEEDS)
    records = [record(0, seed, summary) for seed in SEEDS] + [record(3, 2, summary, "diverged")]
    word = summarise_final(Final(plan, tuple(records)), summary)
    assert (word.num_missing, word.comparison) == (0, None)
    assert "differences" not in headline(word)
    assert "Optimism" not in notes(word)


def test_files_and_page_hold_it_all(summary: Summary, tmp_path: Path) -> None:
    word = final(summary, failing=2)
    write_report(tmp_path, "smoke", CONFIG, summary, PREDICTOR, final=word)
    front = json.loads((tmp_path / "front.json").read_text())["finalists"]
    assert {n["name"] for n in front["networks"]} == {f.row.name for f in word.finalists}
    assert len(front["differences"]) == len(word.differences)
    for entry, (_, _, difference) in zip(front["differences"], word.differences, strict=True):
        low, high = entry["interval"]
        assert low < entry["test_top1"] < high
        assert entry["larger_than_noise"] == difference.exceeds_noise
    table = pd.read_csv(tmp_path / "finalists.csv")
    assert len(table) == 5 * 3
    assert set(table.seed) == set(SEEDS)
    assert table.test_top1.isna().sum() == 3
    page = (tmp_path / "report.html").read_text()
    assert "Final evaluation" in page
    assert "&lt;b&gt;diverged" in page
    assert "<b>diverged" not in page
    assert "trial 3 − " in page
    for text in notes(word).values():
        assert text[1:40].replace("'", "&#x27;") in page


def test_a_page_without_finalists_says_nothing_of_them(summary: Summary, tmp_path: Path) -> None:
    write_report(tmp_path, "smoke", CONFIG, summary, PREDICTOR)
    assert "Final evaluation" not in (tmp_path / "report.html").read_text()
    assert "finalists" not in json.loads((tmp_path / "front.json").read_text())
    assert not (tmp_path / "finalists.csv").exists()


def test_tables_of_the_terminal_fit_eighty_columns(summary: Summary) -> None:
    out = io.StringIO()
    print_parts(Console(file=out, width=200, soft_wrap=True), final_text(final(summary)))
    rows = [line for line in out.getvalue().splitlines() if re.match(" [^ ─]", line)]
    assert len(rows) == 2 + 5 + 7
    assert max(map(len, rows)) <= 80


def test_progress_is_a_line_for_each_training(summary: Summary) -> None:
    out = io.StringIO()
    plan = FinalPlan(trials=(0, 3), seeds=(2, 3))
    rows = {row.trial: row for row in summary.rows}
    result = record(0, 2, summary).result
    assert result is not None
    view = SearchConsole(Console(file=out, width=200), lambda: 0.0)
    view.finalists_began(Final(plan), rows)
    view.event(Finished(Job(0, 2, rows[0].network), result))
    view.finalist_trained(rows[0], 2, result.test_top1)
    view.finalist_failed(rows[3], 2, "out of memory")
    view.tick()
    view.finalists_ended()
    lines = out.getvalue().splitlines()
    top1 = 100 * result.test_top1
    assert lines == [
        f"MobileViT-S, seed 2: test top-1 {top1:.1f} %; 3 to go, less than 1 s left",
        "trial 3, seed 2 failed: out of memory",
    ]


def test_a_terminal_counts_down(summary: Summary) -> None:
    out = io.StringIO()
    rows = {row.trial: row for row in summary.rows}
    result = record(0, 2, summary).result
    assert result is not None
    terminal = Console(file=out, force_terminal=True, width=120)
    plan = FinalPlan(trials=(0, 3), seeds=(2, 3))
    view = SearchConsole(terminal, lambda: 0.0)
    view.finalists_began(Final(plan), rows)
    view.event(Finished(Job(0, 2, rows[0].network), result))
    view.finalist_trained(rows[0], 2, result.test_top1)
    view.tick()
    view.finalists_ended()
    assert "3 to go" in out.getvalue()


@pytest.mark.parametrize("name", ["plan", "result", "failure"])
def test_records_of_the_first_schema_are_read_and_written_unchanged(name: str) -> None:
    data = json.loads(GOLDEN.read_text())[name]
    kind = FinalPlan if name == "plan" else FinalRecord
    assert kind.model_validate(data).model_dump(mode="json") == data


def test_the_page_section_stands_alone(summary: Summary) -> None:
    section = page_section(final(summary))
    assert section.count("<table") == section.count("</table>") == 2
    assert section.startswith("<h2>Final evaluation")


def test_scores_in_8_bits_stand_beside_their_milliseconds(summary: Summary) -> None:
    plan = FinalPlan(trials=(0, 1, 2, 3, 4), seeds=SEEDS)
    plain = [record(trial, seed, summary) for seed in SEEDS for trial in plan.trials]
    scored = [in_8_bits(each) if each.trial != 3 else each for each in plain]
    assert scored == [FinalRecord.model_validate(each.model_dump(mode="json")) for each in scored]
    stored = Final(plan, tuple(scored))
    assert stored.missing() == []
    assert stored.missing("onnx") == [(3, seed) for seed in SEEDS]
    assert len(stored.missing("litert")) == len(scored), "another runtime gives another score"
    pixel = load_predictor("pixel_4_tflite")
    found = summarise_final(stored, summary, pixel)
    table = network_rows(found).set_index("network")
    finalist = next(each for each in found.finalists if each.row.trial == 4)
    assert finalist.int8_top1 == pytest.approx(finalist.test_top1 - 0.02)
    expected = load_predictor("pixel_4_tflite_int8").predict(finalist.row.network).ms
    assert table.loc["trial 4", "estimated int8 ms"] == f"{expected:.2f}"
    assert table.loc["trial 4", "int8 test"] == f"{100 * finalist.int8_top1:.1f}"
    assert table.loc["trial 3", "int8 test"] == ABSENT  # not all of its seeds are scored so
    frame = training_frame(found)
    assert set(frame[frame.trial != 3].int8_by) == {"onnxruntime 1"}
    (entry,) = (each for each in final_json(found)["networks"] if each["trial"] == 4)
    assert entry["int8_test_top1"] == pytest.approx(finalist.int8_top1)
    assert "onnxruntime 1" in notes(found)["8 bits"]
    on_iphone = summarise_final(stored, summary, PREDICTOR)
    assert set(network_rows(on_iphone)["estimated int8 ms"]) == {ABSENT}  # none ships of it
    assert "estimated int8 ms" not in network_rows(final(summary))


def in_8_bits(scored: FinalRecord) -> FinalRecord:
    assert scored.result is not None
    result = QuantisedResult(
        **vars(scored.result), int8_top1=scored.result.test_top1 - 0.02, int8_by="onnxruntime 1"
    )
    return scored.model_copy(update={"result": result})


def test_a_format_that_does_not_quantise_is_refused() -> None:
    with pytest.raises(StudyError, match="coreml"):
        FinalRequest(3, 2, "coreml")
