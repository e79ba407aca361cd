import csv
import dataclasses
import json

import numpy as np
import pytest
from published_latencies import (
    CLASSIFIERS,
    ENSEMBLES,
    ROWS,
    SETUP,
    Ensemble,
    drawn,
    ensemble,
    features_of,
    host_error,
    iphone12_document,
    published_rows,
)

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.envelope import ALONE, Envelope
from nasbench_mvit.latency.predictor.files import PACKAGED
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor

TRAINING = published_rows()
MODELS = ensemble(TRAINING)
TOLERANCE = CLASSIFIERS.tolerance
WITH_HEADS = tuple(about for about in ENSEMBLES if about != CLASSIFIERS)


#: Patches, side of the image and milliseconds of the rows with a head (Tables 9 and 10).
LATENCIES_OF_XS = {
    "detection": [((8, 4, 2), 320, 10.7), ((2, 2, 2), 320, 12.6)],
    "segmentation": [((8, 4, 2), 512, 25.1), ((2, 2, 2), 512, 32.3)],
}


@pytest.fixture(scope="module")
def document() -> PredictorDocument:
    return iphone12_document()


@pytest.fixture(scope="module")
def envelope(document: PredictorDocument) -> Envelope:
    assert isinstance(document.fit, Envelope)
    return document.fit


def assert_close(found: object, expected: object, where: str = "") -> None:
    """Equal, numbers to 1e-4 relatively: another BLAS may round another way."""
    if isinstance(expected, dict):
        assert isinstance(found, dict)
        assert found.keys() == expected.keys(), where
        for key, value in expected.items():
            assert_close(found[key], value, f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(found, list)
        assert len(found) == len(expected), where
        for index, value in enumerate(expected):
            assert_close(found[index], value, f"{where}[{index}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-9), where
    else:
        assert found == expected, where


def test_refitting_gives_the_shipped_file(document: PredictorDocument) -> None:
    shipped = json.loads((PACKAGED / "iphone12_coreml.json").read_text(encoding="utf-8"))
    assert_close(json.loads(document.to_json()), shipped)


def test_the_rows_are_the_networks_of_two_papers_that_were_published() -> None:
    s, xs, xxs, v2 = "mobilevit_s", "mobilevit_xs", "mobilevit_xxs", "mobilevitv2_2.0"
    assert {row.spec: row.ms for row in TRAINING} == {
        published(s): 9.85,
        published(s, patches=(3, 3, 3)): 14.69,
        published(s, patches=(4, 4, 4)): 8.23,
        published(s, patches=(8, 4, 2)): 8.2,
        published(xs): 7.28,
        published(xs, patches=(8, 4, 2)): 5.93,
        published(xxs): 4.8,
        RivalSpec("mobilenet_v2"): 0.92,
        published("mobilevitv2_0.5"): 1.6,
        published("mobilevitv2_1.0"): 3.4,
        published("mobilevitv2_1.5"): 5.1,
        published(v2): 7.5,
        published(v2, resolution=384): 17.0,
    }
    assert [bool(row.setup) for row in TRAINING] == [
        row.network.startswith("mobilevitv2") for row in TRAINING
    ]
    for name in BASELINES:
        assert (published(name), FIGURES[name].latency_ms) in {(r.spec, r.ms) for r in TRAINING}


def test_no_published_row_is_dropped_without_a_reason() -> None:
    with ROWS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(bool(row["network"]) != bool(row["unused_because"]) for row in rows)
    assert all(row["source"].startswith("arXiv ") for row in rows)


def test_every_model_meets_every_row(envelope: Envelope) -> None:
    ms_MR = np.array(envelope.models) @ MODELS.features.T
    assert (ms_MR >= 0).all()
    errors_MR = ms_MR / MODELS.ms - 1
    own = errors_MR[:, ~MODELS.is_other_setup]
    assert np.abs(own).max() == pytest.approx(TOLERANCE, abs=1e-4)
    other_MR = 1 + errors_MR[:, MODELS.is_other_setup]
    assert (other_MR.max(axis=1) / other_MR.min(axis=1)).max() <= 1.05 / 0.95 + 1e-4
    assert other_MR.max() <= SETUP * 1.05 + 1e-4


def test_the_factor_between_set_ups_is_that_of_the_network_in_both_papers() -> None:
    largest = 9.9 / 9.85 * (1 + TOLERANCE) / (1 - TOLERANCE)
    assert pytest.approx(largest, abs=0.015) == SETUP


def test_the_stored_models_reach_the_extremes_of_all_up_to_the_margin(
    document: PredictorDocument,
) -> None:
    networks = drawn(30, seed=5)
    found = LatencyPredictor(document).predict_many(networks)
    exact = [MODELS.interval(features) for features in features_of(networks)]
    low, high = np.array(exact).T
    assert (found.low <= low * 1.005).all()
    assert (found.high >= high / 1.005).all()
    assert (found.high <= high * 1.03).all()
    assert (low <= found.ms).all()
    assert (found.ms <= high).all()


def test_rows_lie_in_the_range_of_the_models_fitted_without_them(envelope: Envelope) -> None:
    assert sum(row.without == ALONE for row in envelope.left_out) == len(TRAINING)
    assert len({row.without for row in envelope.left_out}) == 5
    assert all(row.is_covered for row in envelope.left_out)
    (unbounded,) = (r for r in envelope.left_out if r.high_ms is None and r.without == ALONE)
    assert unbounded.network == "MobileViT-S (patch 3,3,3)"  # the only one with a resize


def test_the_report_holds_every_row(document: PredictorDocument) -> None:
    assert [row.measured_ms for row in document.rows] == MODELS.ms.tolist()
    assert sum(row.needs_resize for row in document.rows) == 1
    for row in document.rows:
        assert abs(row.fit_error) <= TOLERANCE * 1.01
        assert row.left_out_error == pytest.approx(row.left_out_ms / row.measured_ms - 1, abs=1e-5)


@pytest.mark.parametrize("about", WITH_HEADS, ids=lambda about: about.task)
def test_an_ensemble_of_a_task_has_the_rows_with_its_head_too(about: Ensemble) -> None:
    document = iphone12_document(about)
    shipped = json.loads((PACKAGED / f"{about.name}.json").read_text(encoding="utf-8"))
    assert_close(json.loads(document.to_json()), shipped)
    rows = published_rows(about.task)
    assert {row.spec: row.ms for row in rows} == {row.spec: row.ms for row in TRAINING} | {
        published("mobilevit_xs", patches=patches, resolution=side).for_task(about.task): ms
        for patches, side, ms in LATENCIES_OF_XS[about.task]
    }
    predictor = LatencyPredictor(document)
    for row in rows:
        if row.spec.task == about.task:
            latency = predictor.predict(row.spec)
            assert latency.low <= row.ms <= latency.high
            assert not latency.extrapolating
    assert isinstance(document.fit, Envelope)
    assert all(row.is_covered for row in document.fit.left_out)


def test_without_a_price_of_anchors_no_prices_meet_the_rows_of_detectors() -> None:
    about = next(about for about in WITH_HEADS if about.task == "detection")
    priceless = dataclasses.replace(about, features=CLASSIFIERS.features)
    models = ensemble(published_rows("detection"), priceless)
    with pytest.raises(PredictorError, match="no non-negative prices meet the rows within 5%"):
        models.extreme(models.features[0], 1)


@pytest.mark.parametrize(("host", "error"), [("epyc_onnxruntime", 0.36), ("epyc_wasm", 0.34)])
def test_prices_of_a_host_meet_the_rows_with_no_factor(host: str, error: float) -> None:
    assert host_error(host, TRAINING) == pytest.approx(error, abs=0.01)
