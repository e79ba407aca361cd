import html
import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from calibrating import calibrated
from fakes import curve_of

from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.calibration.calibration import ImagenetCalibration
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.reports import text
from nasbench_mvit.search.reports.files import write_report
from nasbench_mvit.search.reports.text import (
    MOST_DRAWN,
    drawn,
    drawn_note,
    readable_rows,
    study_figure,
)
from nasbench_mvit.search.results.imagenet import COLUMNS as IMAGENET
from nasbench_mvit.search.results.summary import Summary, summarise
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Evaluation, Role, State, StoredTrial
from nasbench_mvit.training.proxy.result import TrainingResult


@pytest.fixture(scope="module")
def predictor() -> LatencyPredictor:
    return load_predictor("iphone12_coreml")


@pytest.fixture(scope="module")
def config() -> StudyConfig:
    return load_study("smoke")[1]


@pytest.fixture(scope="module")
def candidates(config: StudyConfig, predictor: LatencyPredictor) -> Candidates:
    return Candidates(SearchSpace.load("mobilevit_debug"), predictor, config.limits)


@pytest.fixture(scope="module")
def trials(candidates: Candidates) -> list[StoredTrial]:
    networks = [(published(name), Role.BASELINE, name) for name in BASELINES]
    networks += [(spec, Role.SEARCH, None) for spec in list(candidates.space.enumerate())[:3]]  # type: ignore[misc]
    trials = []
    for number, (spec, role, name) in enumerate(networks):
        record = candidates.record(spec, role=role, seeds=[0, 1], name=name)
        evaluations = tuple(
            Evaluation(
                seed=seed,
                result=TrainingResult(
                    curve=curve_of(spec, seed), device="cpu", precision="float32"
                ),
            )
            for seed in (0, 1)
        )
        trials.append(
            StoredTrial(
                number=number,
                state=State.COMPLETE,
                record=record.changed(evaluations=evaluations),
            )
        )
    slow = published("mobilevit_s", patches=(3, 3, 3))
    rejected = candidates.record(slow, role=Role.SEARCH, seeds=[0])
    trials.append(
        StoredTrial(
            number=6, state=State.REJECTED, record=rejected.changed(rejection="<b>too slow</b>")
        )
    )
    return trials


@pytest.fixture(scope="module")
def summary(config: StudyConfig, candidates: Candidates, trials: list[StoredTrial]) -> Summary:
    return summarise(trials, config, candidates)


@pytest.fixture(scope="module")
def estimated(config: StudyConfig, candidates: Candidates, trials: list[StoredTrial]) -> Summary:
    return summarise(trials, config, candidates, ImagenetCalibration(calibrated()))


def test_front_json_holds_front_and_baselines_with_their_kind_and_interval(
    tmp_path: Path, config: StudyConfig, summary: Summary, predictor: LatencyPredictor
) -> None:
    write_report(tmp_path, "smoke", config, summary, predictor)
    data = json.loads((tmp_path / "front.json").read_text())
    assert len(data["baselines"]) == 3
    assert data["front"]
    for entry in data["front"] + data["baselines"]:
        low, high = entry["latency_interval_ms"]
        assert low < entry["latency_ms"] < high
        assert entry["latency_kind"] == "estimated"
        assert entry["latency_calibrated_on"] == "published"
        assert entry["top1_noise"] == pytest.approx(summary.noise / math.sqrt(2))
    assert "published iPhone 12 measurements" in data["latency"]


def test_trials_csv_has_a_row_per_trial_with_the_fields_of_its_network(
    tmp_path: Path, config: StudyConfig, summary: Summary, predictor: LatencyPredictor
) -> None:
    write_report(tmp_path, "smoke", config, summary, predictor)
    table = pd.read_csv(tmp_path / "trials.csv")
    assert len(table) == len(summary.rows)
    assert table["stage3.dim"].tolist()[:3] == [144, 96, 64]
    assert math.isnan(table.top1.iloc[-1])


def test_trials_csv_has_pairs_and_seeds_as_numbers(summary: Summary, tmp_path: Path) -> None:
    summary.frame().to_csv(tmp_path / "trials.csv")
    table = pd.read_csv(tmp_path / "trials.csv")
    assert table.num_seeds.tolist() == [2] * 6 + [0]
    for row, shown in zip(summary.rows, table.to_dict("records"), strict=True):
        for number, stage in enumerate(mobilevit(row.network).stages, start=1):
            if stage.block is not None:
                patch = f"stage{number}.patch"
                assert (shown[f"{patch}_height"], shown[f"{patch}_width"]) == stage.block.patch
    assert "on_front" in replace(summary, rows=()).frame()


def test_the_page_needs_nothing_from_outside_and_escapes_what_it_shows(
    tmp_path: Path, config: StudyConfig, summary: Summary, predictor: LatencyPredictor
) -> None:
    write_report(tmp_path, "<script>alert(1)</script>", config, summary, predictor)
    page = (tmp_path / "report.html").read_text()
    assert "<script>alert(1)</script>" not in page
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"http", page)
    assert "it is no ImageNet top-1" in page


def test_reports_are_readable_by_others(
    tmp_path: Path, config: StudyConfig, summary: Summary, predictor: LatencyPredictor
) -> None:
    (tmp_path / "plain").touch()
    write_report(tmp_path, "smoke", config, summary, predictor)
    assert (tmp_path / "front.json").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_proxy_and_imagenet_share_only_the_latency_axis(
    config: StudyConfig, summary: Summary, predictor: LatencyPredictor
) -> None:
    figure = study_figure(config, summary, predictor)
    by_name = {trace.name: trace for trace in figure.data}
    paper = by_name["ImageNet: MobileViT v1"]
    proxy = by_name["published MobileViTs, same proxy"]
    assert (paper.xaxis, paper.yaxis) != (proxy.xaxis, proxy.yaxis)
    assert figure.layout.xaxis.matches == "x2"
    assert list(paper.y) == [78.4, 74.8, 69.0]
    assert len(proxy.y) == 3
    assert by_name["Pareto front"].line.shape == "hv"
    assert "ms" in figure.layout.xaxis2.title.text


def test_readable_rows_mark_what_is_extrapolated(summary: Summary) -> None:
    table = readable_rows(summary.rows, summary)
    marked = table["estimated ms"].str.endswith("*").tolist()
    assert marked == [row.latency_extrapolating for row in summary.rows]
    assert table["proxy accuracy, %"].iloc[-1] == "rejected: <b>too slow</b>"


def test_the_page_says_what_to_take_what_to_do_and_when_it_was_written(
    tmp_path: Path, config: StudyConfig, summary: Summary, predictor: LatencyPredictor
) -> None:
    run_dir = tmp_path / "my run"
    run_dir.mkdir()
    moment = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
    write_report(run_dir, "smoke", config, summary, predictor, written=moment)
    page = (run_dir / "report.html").read_text()
    assert len(page) < 1_500_000
    said = page.partition("<main>")[2]
    assert "<h1>my run: smoke</h1>" in said
    assert "7 trials: 6 complete, 1 rejected. Written 03 February 2026, 04:05 UTC." in said
    assert "<p>Take " in said
    assert html.escape(f"search --study '{run_dir}'") in said
    assert "at least, points" in said


def test_estimates_of_imagenet_top1_stand_beside_the_scores_and_change_nothing_else(
    tmp_path: Path,
    config: StudyConfig,
    summary: Summary,
    estimated: Summary,
    predictor: LatencyPredictor,
) -> None:
    for name, found in (("without", summary), ("with", estimated)):
        (tmp_path / name).mkdir()
        write_report(tmp_path / name, "smoke", config, found, predictor)
    before, table = (pd.read_csv(tmp_path / name / "trials.csv") for name in ("without", "with"))
    assert set(table) - set(before) == set(IMAGENET)
    pd.testing.assert_frame_equal(table[list(before)], before)
    # 40 + 50 · score percent, known without error
    for end in ("", "_low", "_high"):
        assert table[f"estimated_imagenet_top1{end}"].tolist() == pytest.approx(
            (0.4 + 0.5 * table.top1).tolist(), nan_ok=True
        )
    plain, full = (
        json.loads((tmp_path / name / "front.json").read_text()) for name in ("without", "with")
    )
    assert full["imagenet"].startswith("estimated from the proxy's score by the calibration known")
    assert [entry["trial"] for entry in full["front"]] == [e["trial"] for e in plain["front"]]
    for entry in full["front"]:
        assert entry["estimated_imagenet_top1"] == pytest.approx(0.4 + 0.5 * entry["top1"])
        assert len(entry["estimated_imagenet_top1_interval"]) == 2
    assert full["hypervolume"] == plain["hypervolume"]
    page = (tmp_path / "with/report.html").read_text()
    assert "estimated from the proxy" in page
    assert "estimated ImageNet top-1" not in (tmp_path / "without/report.html").read_text()


def test_estimates_and_published_points_share_the_first_panel(
    config: StudyConfig, estimated: Summary, predictor: LatencyPredictor
) -> None:
    figure = study_figure(config, estimated, predictor)
    proxy = [t for t in figure.data if t.name == "published MobileViTs, same proxy"]
    (paper,) = [t for t in figure.data if t.name == "ImageNet: MobileViT v1"]
    scores, estimates = sorted(proxy, key=lambda trace: trace.yaxis == paper.yaxis)
    assert paper.yaxis == "y"
    assert scores.yaxis == "y2"
    assert estimates.y == pytest.approx(40 + 0.5 * scores.y)
    assert "estimated ImageNet top-1" in estimates.hovertemplate
    assert "proxy accuracy" in scores.hovertemplate
    assert (scores.legendgroup, estimates.showlegend) == (estimates.legendgroup, False)
    assert "estimated" in figure.layout.yaxis.title.text
    assert figure.layout.yaxis2.title.text == "proxy accuracy, %"
    kinds = re.sub("<br>", " ", figure.layout.xaxis2.title.text)
    assert kinds.endswith("(above estimated and published, below estimated)")
    assert "calibration" in re.sub("<br>", " ", figure.layout.annotations[0].text)


def test_readable_rows_mark_estimates_outside_the_domain(estimated: Summary) -> None:
    table = readable_rows(estimated.rows, estimated)
    assert list(table)[1:3] == ["estimated ImageNet top-1, %", "proxy accuracy, %"]
    shown = table["estimated ImageNet top-1, %"].tolist()
    assert shown[-1] == "–"  # was not trained
    is_in = [row.estimated_imagenet_top1_in_domain for row in estimated.rows[:-1]]
    assert [not text.endswith("‡") for text in shown[:-1]] == is_in


def test_of_very_many_networks_a_figure_draws_the_front_the_published_and_a_part() -> None:
    roles = ["baseline"] * 3 + ["search"] * 4_000
    trials = pd.DataFrame({"role": roles, "on_front": [False] * 3 + [True] * 20 + [False] * 3_980})
    found = drawn(trials)
    assert set(found.index) >= set(range(23))
    assert len(found) == 23 + MOST_DRAWN
    assert len(drawn(trials.head(1_000))) == 1_000


def test_a_page_says_what_its_figure_leaves_out(
    summary: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert drawn_note(summary) == ""
    monkeypatch.setattr(text, "MOST_DRAWN", 1)
    left_out = len(summary.frame()) - len(drawn(summary.frame()))
    assert f"leaves out {left_out} trials off the front" in drawn_note(summary)
    assert left_out > 0
