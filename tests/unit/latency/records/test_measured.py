from pathlib import Path

import numpy as np
import pytest
from latency_law import LAW, milliseconds, networks, rows

from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.features.domain import digest
from nasbench_mvit.latency.features.sums import feature_columns
from nasbench_mvit.latency.fitting.measured import MIN_ROWS, measured_document
from nasbench_mvit.latency.fitting.ways import BASELINES, MACS_ONLY
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.document_fits import (
    CROSS_VALIDATION,
    EXTRAPOLATION,
    HELD_OUT,
    MODEL,
    Regression,
)
from nasbench_mvit.latency.predictor.files import write_document
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor

NOISE = 0.02
KEPT, OUT = rows(100, noise=NOISE).split(20)


@pytest.fixture(scope="module")
def document() -> PredictorDocument:
    return measured_document("law", KEPT, OUT)


@pytest.fixture(scope="module")
def regression(document: PredictorDocument) -> Regression:
    assert isinstance(document.fit, Regression)
    return document.fit


@pytest.fixture(scope="module")
def predictor(document: PredictorDocument) -> LatencyPredictor:
    return LatencyPredictor(document)


def test_the_law_is_recovered(predictor: LatencyPredictor) -> None:
    fresh = networks(300, seed=5)
    many = predictor.predict_many(fresh)
    inside = ~many.extrapolating
    assert inside.mean() > 0.8
    errors = np.abs(many.ms / milliseconds(fresh) - 1)[inside]
    assert errors.mean() < NOISE
    assert (many.kind, many.calibrated_on) == ("estimated", "measured")


def test_intervals_cover_nine_in_ten_further_measurements(predictor: LatencyPredictor) -> None:
    fresh = networks(400, seed=6)
    many = predictor.predict_many(fresh)
    true = milliseconds(fresh, noise=NOISE, seed=7)
    inside = ~many.extrapolating
    covered = ((many.low <= true) & (true <= many.high))[inside].mean()
    assert 0.85 <= covered <= 0.97


def test_scores_stand_beside_those_of_the_baselines(regression: Regression) -> None:
    assert set(regression.scores) == {CROSS_VALIDATION, EXTRAPOLATION, HELD_OUT}
    for split, count in ((CROSS_VALIDATION, 80), (EXTRAPOLATION, 8), (HELD_OUT, 20)):
        scores = regression.scores[split]
        assert set(scores) == {MODEL, *BASELINES}
        assert {score.rows for score in scores.values()} == {count}
        assert scores[MODEL].mape < scores[MACS_ONLY].mape
    assert regression.scores[CROSS_VALIDATION][MODEL].mape < 1.6 * NOISE


def test_rows_held_out_touch_neither_the_fit_nor_the_margin(document: PredictorDocument) -> None:
    alone = measured_document("law", KEPT)
    assert isinstance(alone.fit, Regression)
    assert isinstance(document.fit, Regression)
    assert (alone.fit.model, alone.fit.margin) == (document.fit.model, document.fit.margin)
    assert HELD_OUT not in alone.fit.scores
    assert not {row.spec_id for row in document.rows} & {spec.id for spec in OUT.specs}


def test_the_file_says_what_it_was_made_from(document: PredictorDocument) -> None:
    assert document.target == KEPT.target
    assert document.records.kind == "measured"
    assert document.records.count == len(document.rows) == 80
    assert document.records.sha256 == digest(KEPT.specs, KEPT.ms)
    assert document.records.estimator == KEPT.estimator
    assert [row.measured_ms for row in document.rows] == pytest.approx(KEPT.ms, rel=1e-5)
    for row in document.rows:
        assert row.fit_error == pytest.approx(row.fitted_ms / row.measured_ms - 1, abs=2e-5)
        assert row.left_out_error == pytest.approx(row.left_out_ms / row.measured_ms - 1, abs=2e-5)


def test_unlike_networks_are_flagged_and_get_the_wider_margin(
    predictor: LatencyPredictor, regression: Regression
) -> None:
    strange = networks(1)[0].from_dict(networks(1)[0].to_dict() | {"resolution": 512})
    plain, large = predictor.predict(KEPT.specs[0]), predictor.predict(strange)
    assert not plain.extrapolating
    assert large.extrapolating
    for latency, margin in (
        (plain, regression.margin),
        (large, regression.extrapolation_margin),
    ):
        assert latency.high / latency.ms == pytest.approx(np.exp(margin))
        assert latency.ms / latency.low == pytest.approx(np.exp(margin))
    assert regression.extrapolation_margin >= regression.margin


def test_a_resolution_between_those_measured_is_no_extrapolation(
    predictor: LatencyPredictor,
) -> None:
    whole = KEPT.specs[0].from_dict(KEPT.specs[0].to_dict() | {"resolution": 224})
    assert "resolution" not in predictor.document.settings
    assert not predictor.predict(whole).extrapolating


def test_a_file_predicts_as_the_document_it_was_written_from(
    tmp_path: Path, document: PredictorDocument, predictor: LatencyPredictor
) -> None:
    path = tmp_path / "law.json"
    write_document(document, path)
    loaded = load_predictor(path)
    assert loaded.document == document
    assert loaded.digest == predictor.digest
    assert loaded.predict(KEPT.specs[0]) == predictor.predict(KEPT.specs[0])


def test_it_says_in_words_what_it_is(predictor: LatencyPredictor) -> None:
    assert (
        predictor.title == "estimated for Test CPU with onnxruntime from 80 networks measured on it"
    )
    assert predictor.evidence.startswith("cross-validation: 80 networks missed by ")
    assert "held out: 20 networks missed by " in predictor.evidence


def test_too_few_rows_are_refused() -> None:
    few = KEPT.pick(range(MIN_ROWS - 1))
    with pytest.raises(PredictorError, match=r"20 networks or more, got 19.*`transfer`"):
        measured_document("few", few)
    assert measured_document("enough", KEPT.pick(range(MIN_ROWS))).records.count == MIN_ROWS


def test_the_same_rows_give_the_same_file(document: PredictorDocument) -> None:
    assert measured_document("law", KEPT, OUT) == document


def test_prices_are_those_of_the_law(regression: Regression) -> None:
    columns = feature_columns(SpecArrays.of(KEPT.specs), regression.features)
    assert regression.model.predict(columns) == pytest.approx(
        LAW.predict(feature_columns(SpecArrays.of(KEPT.specs), LAW.features)), rel=0.03
    )
