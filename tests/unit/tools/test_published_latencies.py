import csv
import json

import numpy as np
import pytest
from published_latencies import (
    CANDIDATES,
    PUBLISHED,
    CrossValidatedFit,
    cross_validate,
    iphone12_document,
    predict_left_out,
    published_rows,
)

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.sums import RESIZE, feature_matrix
from nasbench_mvit.latency.fitting.fit import fit
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.document_fits import Calibration
from nasbench_mvit.latency.predictor.files import PACKAGED

CSV = PUBLISHED / "iphone12.csv"
ROWS = published_rows(CSV)
SPECS = SpecArrays.of([row.spec for row in ROWS])
MS = np.array([row.ms for row in ROWS])
RESIZED = feature_matrix(SPECS, [RESIZE])[:, 0] > 0


@pytest.fixture(scope="module")
def document() -> PredictorDocument:
    return iphone12_document()


@pytest.fixture(scope="module")
def calibration(document: PredictorDocument) -> Calibration:
    assert isinstance(document.fit, Calibration)
    return document.fit


def judged(name: str) -> CrossValidatedFit:
    networks = [row.network for row in ROWS]
    return cross_validate(feature_matrix(SPECS, CANDIDATES[name]), MS, networks)


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
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-6), where
    else:
        assert found == expected, where


def test_refitting_gives_the_shipped_file(document: PredictorDocument) -> None:
    shipped = json.loads((PACKAGED / "iphone12_coreml.json").read_text(encoding="utf-8"))
    assert_close(json.loads(document.to_json()), shipped)


def test_the_rows_are_the_seven_networks_that_were_published() -> None:
    s, xs, xxs = "mobilevit_s", "mobilevit_xs", "mobilevit_xxs"
    assert {row.spec: row.ms for row in ROWS} == {
        published(s): 9.85,
        published(s, patches=(3, 3, 3)): 14.69,
        published(s, patches=(4, 4, 4)): 8.23,
        published(s, patches=(8, 4, 2)): 8.2,
        published(xs): 7.28,
        published(xs, patches=(8, 4, 2)): 5.93,
        published(xxs): 4.8,
    }
    for name in BASELINES:
        assert (published(name), FIGURES[name].latency_ms) in {(row.spec, row.ms) for row in ROWS}


def test_no_published_row_is_dropped_without_a_reason() -> None:
    with CSV.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(bool(row["network"]) != bool(row["unused_because"]) for row in rows)
    assert all(row["source"].startswith("arXiv ") for row in rows)


def test_the_report_holds_every_row(document: PredictorDocument) -> None:
    assert [row.measured_ms for row in document.rows] == MS.tolist()
    assert [row.needs_resize for row in document.rows] == RESIZED.tolist()
    assert sum(row.needs_resize for row in document.rows) == 1
    for row in document.rows:
        assert row.fit_error == pytest.approx(row.fitted_ms / row.measured_ms - 1, abs=1e-5)
        assert row.left_out_error == pytest.approx(row.left_out_ms / row.measured_ms - 1, abs=1e-5)
    left_out = [abs(row.left_out_error) for row in document.rows if not row.needs_resize]
    assert isinstance(document.fit, Calibration)
    chosen = document.fit.candidates[document.fit.chosen]
    assert chosen.max_error == pytest.approx(max(left_out))
    assert chosen.mean_error == pytest.approx(np.mean(left_out), rel=1e-5)


def test_the_floor_is_the_known_one(calibration: Calibration) -> None:
    """A constant, MACs of convolutions and linear layers, softmax and resize elements."""
    floor = judged("four_term")
    in_sample = np.abs(floor.fitted_ms / MS - 1)
    left_out = np.abs(floor.left_out_ms / MS - 1)
    assert in_sample[~RESIZED].min() == pytest.approx(0.03, abs=0.005)
    assert in_sample[~RESIZED].max() == pytest.approx(0.065, abs=0.001)
    assert left_out[~RESIZED].min() == pytest.approx(0.04, abs=0.005)
    assert left_out[~RESIZED].max() == pytest.approx(0.23, abs=0.005)
    assert left_out[RESIZED] == pytest.approx(0.36, abs=0.005)
    reported = calibration.candidates["four_term"].max_error
    assert reported == pytest.approx(left_out[~RESIZED].max(), rel=1e-5)


def test_every_row_left_out_is_predicted_better_than_by_the_floor(
    calibration: Calibration,
) -> None:
    floor = np.abs(judged("four_term").left_out_ms / MS - 1)
    chosen = np.abs(judged(calibration.chosen).left_out_ms / MS - 1)
    assert (chosen < floor).all()
    assert chosen[~RESIZED].max() < 0.05 < floor[~RESIZED].max()
    assert chosen[~RESIZED].mean() < 0.03 < floor[~RESIZED].mean()


def test_a_whole_network_left_out_is_predicted_too(calibration: Calibration) -> None:
    assert calibration.candidates[calibration.chosen].max_error_unseen_network < 0.05
    assert calibration.candidates["four_term"].max_error_unseen_network > 0.2


def test_choosing_the_model_without_the_row_is_no_worse() -> None:
    """Nested cross-validation: the row helps neither the coefficients nor the choice."""
    for row in np.flatnonzero(~RESIZED):
        rest = np.arange(len(MS)) != row
        worst = {}
        for name, features in CANDIDATES.items():
            matrix = feature_matrix(SPECS, features)
            predicted = predict_left_out(matrix[rest], MS[rest], range(len(MS) - 1))
            errors = np.abs(predicted / MS[rest] - 1)[~RESIZED[rest]]
            worst[name] = (round(errors.max(), 2), len(features))
        matrix = feature_matrix(SPECS, CANDIDATES[min(worst, key=lambda name: worst[name])])
        predicted_ms = matrix[row] @ fit(matrix[rest], MS[rest])
        assert abs(predicted_ms / MS[row] - 1) < 0.05, ROWS[row].label


def test_few_parameters(calibration: Calibration) -> None:
    assert len(calibration.candidates[calibration.chosen].coefficients) <= 4


def test_a_fit_recovers_what_made_the_latencies() -> None:
    rng = np.random.default_rng(0)
    features = rng.uniform(1, 1e9, (9, 3)) * [1, 1e-6, 0]
    true = np.array([2e-9, 3e-3, 0.0])
    assert fit(features, features @ true) == pytest.approx(true)


def test_a_fit_weighs_errors_relatively_and_never_goes_below_zero() -> None:
    ones = np.ones((2, 1))
    ms = np.array([1.0, 10.0])
    # The c that minimises (c / 1 - 1)² + (c / 10 - 1)².
    assert fit(ones, ms) == pytest.approx([(1 + 0.1) / (1 + 0.01)])
    falling = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    assert fit(falling, np.array([3.0, 2.0, 1.0])).min() == 0


def test_a_row_left_out_does_not_inform_its_prediction() -> None:
    features = np.array([[1.0], [2.0], [3.0]])
    ms = np.array([1.0, 2.0, 300.0])
    assert predict_left_out(features, ms, [0, 1, 2])[2] == pytest.approx(3.0)
    together = predict_left_out(features, ms, ["a", "b", "b"])
    assert together[1:] == pytest.approx([2.0, 3.0])
