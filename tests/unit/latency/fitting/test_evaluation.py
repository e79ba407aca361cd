import dataclasses
from pathlib import Path

import numpy as np
import pytest
from latency_law import milliseconds, rows
from measuring import TARGET

from nasbench_mvit.errors import PredictorError
from nasbench_mvit.figures.latency import GROUPS, SEEN, UNSEEN, LatencyLabels, group
from nasbench_mvit.figures.latency import predicted_measured_figure as draw
from nasbench_mvit.io.markdown import frame_table
from nasbench_mvit.latency.fitting.evaluation import RowEvaluation, evaluate
from nasbench_mvit.latency.fitting.measured import measured_document
from nasbench_mvit.latency.fitting.report import (
    kinds_frame,
    parts_frame,
    scores_frame,
    worst_frame,
    write_report,
)
from nasbench_mvit.latency.fitting.ways import BASELINES
from nasbench_mvit.latency.predictor.document_fits import MODEL
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.reports.page import _evidence_rows

ALL = rows(60, noise=0.02)
KEPT, OUT = ALL.split(25)
PREDICTOR = LatencyPredictor(measured_document("law", KEPT))


@pytest.fixture(scope="module")
def found() -> RowEvaluation:
    return evaluate(PREDICTOR, ALL)


def test_rows_of_the_fit_are_evaluated_apart(found: RowEvaluation) -> None:
    assert {split: scores[MODEL].rows for split, scores in found.scores.items()} == {
        UNSEEN: 25,
        SEEN: 35,
    }
    assert all(set(scores) == {MODEL, *BASELINES} for scores in found.scores.values())
    alone = evaluate(PREDICTOR, OUT)
    assert alone.scores == {UNSEEN: found.scores[UNSEEN]}


def test_a_score_is_that_of_its_rows(found: RowEvaluation) -> None:
    unseen = found.rows[found.rows.group != SEEN]
    score = found.scores[UNSEEN][MODEL]
    assert len(unseen) == 25
    assert score.mape == pytest.approx(unseen.error.abs().mean(), rel=1e-5)
    assert score.within_10 == pytest.approx((unseen.error.abs() <= 0.1).mean())
    inside = (unseen.low_ms <= unseen.measured_ms) & (unseen.measured_ms <= unseen.high_ms)
    assert score.coverage == pytest.approx(inside.mean())


def test_another_way_from_samples_to_milliseconds_is_a_note() -> None:
    there = PREDICTOR.document.records.estimator
    medians = dataclasses.replace(OUT, estimator="the median of one pass")
    note = f"milliseconds {there} there, the median of one pass here"
    assert evaluate(PREDICTOR, medians).notes == (note,)


def test_another_system_version_is_a_note_and_another_device_an_error() -> None:
    newer = TARGET.model_copy(update={"os": "Linux 7", "runtime_version": "2"})
    notes = evaluate(PREDICTOR, rows(5, target=newer)).notes
    assert notes == ("os Linux 6.1 x86_64 there, Linux 7 here", "runtime version 1.0 there, 2 here")
    other = TARGET.model_copy(update={"device": "B", "threads": 2})
    with pytest.raises(PredictorError, match=r"device Test CPU there, B here; threads 1 there, 2"):
        evaluate(PREDICTOR, rows(5, target=other))


def test_a_calibration_is_evaluated_without_baselines() -> None:
    iphone = load_predictor("iphone12_coreml")
    target = iphone.document.target.model_copy(update={"threads": 1, "os": "iOS 15"})
    scores = evaluate(iphone, rows(5, target=target)).scores
    assert set(scores[UNSEEN]) == {MODEL}


def test_the_figure_shows_every_row_once_in_its_group(found: RowEvaluation) -> None:
    figure = draw(found.rows, LatencyLabels(measured="measured, ms", predicted="predicted, ms"))
    points = {trace.name: trace for trace in figure.data if trace.error_y.array is not None}
    for name in set(found.rows.group):
        members = found.rows[found.rows.group == name]
        trace = points[f"{name} ({len(members)})"]
        assert list(trace.x) == list(members.measured_ms)
        assert list(trace.y) == list(members.predicted_ms)
        assert list(trace.error_y.array) == list(members.high_ms - members.predicted_ms)
    errors = [trace for trace in figure.data if trace.yaxis == "y2"]
    assert sum(len(trace.x) for trace in errors) == len(found.rows)
    largest = max(abs(float(y)) for trace in errors for y in trace.y)
    assert largest == pytest.approx(100 * found.rows.error.abs().max())
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"


def test_a_figure_of_no_rows_is_empty() -> None:
    nothing = evaluate(PREDICTOR, OUT).rows.iloc[:0]
    figure = draw(nothing, LatencyLabels(measured="m", predicted="p"))
    assert [trace.name for trace in figure.data] == ["predicted = measured"]


def test_groups_tell_seen_from_unseen_and_from_extrapolated() -> None:
    names = {group(fitted=f, extrapolating=e) for f in (True, False) for e in (True, False)}
    assert names == set(GROUPS)
    assert group(fitted=True, extrapolating=True) == SEEN


def test_the_report_holds_the_scores_the_figure_and_every_row(
    tmp_path: Path, found: RowEvaluation
) -> None:
    write_report(tmp_path / "new", PREDICTOR, found)
    files = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "new").iterdir()}
    assert set(files) == {"scores.md", "predicted_measured.html", "rows.csv"}
    assert len(files["rows.csv"].splitlines()) == 61
    assert f"| {UNSEEN} | {MODEL} | 25 |" in files["scores.md"]
    assert "plotly" in files["predicted_measured.html"]


def test_the_page_of_a_search_shows_the_scores_beside_the_baselines() -> None:
    page = _evidence_rows(PREDICTOR).to_html()
    assert all(name in page for name in (MODEL, *BASELINES, "cross-validation", "extrapolation"))
    rows_of_iphone = _evidence_rows(load_predictor("iphone12_coreml")).to_html()
    assert "MobileViT-S (patch 3,3,3)" in rows_of_iphone


def test_tables_are_text_for_people(found: RowEvaluation) -> None:
    table = scores_frame(found.scores)
    assert len(table) == 6
    assert table.MAPE.str.endswith("%").all()
    assert frame_table(table.iloc[:1]).count("\n") == 2
    worst = worst_frame(found)
    assert len(worst) == 5
    largest = int(found.rows.error.abs().to_numpy().argmax())
    assert worst.network.iloc[0] == found.rows.network.iloc[largest]


def test_the_tables_of_milliseconds_add_up() -> None:
    model = PREDICTOR.document.fit.model
    spec = OUT.specs[0]
    total = PREDICTOR.predict(spec).ms
    parts = parts_frame(model, spec)
    assert parts.iloc[-1]["all"] == f"{total:.2f}"
    assert list(parts.columns)[-1] == list(parts.ms)[-1] == "all"
    kinds = kinds_frame(model, list(OUT.specs))
    mean = PREDICTOR.predict_many(OUT.specs).ms.mean()
    assert kinds.ms.astype(float).sum() == pytest.approx(mean, abs=0.05)
    shares = kinds.share.str.rstrip("%").astype(float)
    assert shares.sum() == pytest.approx(100, abs=0.5)
    assert (np.diff(shares) <= 0).all()
    assert milliseconds(list(OUT.specs)).mean() == pytest.approx(mean, rel=0.05)
