import numpy as np
import pytest
from latency_law import milliseconds, networks, rows, scaled
from measuring import TARGET

from nasbench_mvit.architecture.published import published
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.features.sums import FEATURES, feature_columns
from nasbench_mvit.latency.fitting.build import columns_of
from nasbench_mvit.latency.fitting.measured import measured_document
from nasbench_mvit.latency.fitting.rows import LatencyRows
from nasbench_mvit.latency.fitting.transfer import (
    AFFINE,
    MIN_ROWS,
    REPRICED,
    SCALE,
    repriced,
    transferred_document,
    ways,
)
from nasbench_mvit.latency.fitting.ways import MACS_ONLY
from nasbench_mvit.latency.predictor.document_fits import (
    EXTRAPOLATION,
    MODEL,
    Regression,
)
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor

PHONE = TARGET.model_copy(update={"device": "Test phone"})
PARENT = LatencyPredictor(measured_document("parent", rows(60, noise=0.01)))
FRESH = networks(100, seed=9)
SLOWER = scaled(3.0)
ELSEWHERE = scaled(3.0, constant=9.0)  # and every network takes 9 ms more
OTHER_PRICES = scaled(3.0, linear_macs=1.2e-7, norm_elements=3e-6, activated_elements=6e-7)


def error(predictor: LatencyPredictor, true: np.ndarray) -> float:
    return float(np.abs(predictor.predict_many(FRESH).ms / true - 1).mean())


def test_few_rows_find_how_much_slower_a_device_is() -> None:
    few = rows(5, SLOWER, noise=0.01, seed=3, target=PHONE)
    document = transferred_document("phone", PARENT, few)
    assert isinstance(document.fit, Regression)
    assert document.fit.way == SCALE
    assert error(LatencyPredictor(document), milliseconds(FRESH, SLOWER)) < 0.02


@pytest.mark.parametrize("held_out", [None, rows(9, SLOWER, noise=0.9, seed=5, target=PHONE)])
def test_errors_above_a_quarter_are_written_to_the_file(held_out: LatencyRows | None) -> None:
    noise = 0.01 if held_out else 0.9  # then the rows left out of the fit tell
    few = rows(9, SLOWER, noise=noise, seed=3, target=PHONE)
    document = transferred_document("phone", PARENT, few, held_out)
    assert "9 networks that it was not fitted to" in str(document.do_not_use)
    good = transferred_document("phone", PARENT, rows(9, SLOWER, noise=0.05, target=PHONE))
    assert good.do_not_use is None


def test_from_ten_rows_a_fixed_time_is_found_too() -> None:
    nine, ten = (rows(n, ELSEWHERE, noise=0.01, seed=4, target=PHONE) for n in (9, 10))
    before, after = (transferred_document("phone", PARENT, found) for found in (nine, ten))
    assert isinstance(before.fit, Regression)
    assert isinstance(after.fit, Regression)
    assert before.fit.way == SCALE
    assert after.fit.way != SCALE
    true = milliseconds(FRESH, ELSEWHERE)
    assert error(LatencyPredictor(after), true) < 0.03 < error(LatencyPredictor(before), true)


def test_a_fixed_time_of_its_own_is_all_that_affine_changes() -> None:
    model = PARENT.document.fit.model
    many = rows(40, ELSEWHERE, seed=4, target=PHONE)
    columns = columns_of(many)
    adapted = ways(model, 40)[AFFINE](columns, many.ms).coefficients
    ratios = {
        name: adapted[name] / price for name, price in model.coefficients.items() if name in adapted
    }
    del ratios["constant"]
    assert max(ratios.values()) == pytest.approx(min(ratios.values()), rel=1e-4)
    assert adapted["constant"] > 1.5 * max(ratios.values()) * model.coefficients["constant"]


def test_other_prices_are_found_and_pulled_to_the_parent_s() -> None:
    many = rows(12, OTHER_PRICES, noise=0.01, seed=5, target=PHONE)
    document = transferred_document("phone", PARENT, many)
    assert isinstance(document.fit, Regression)
    assert document.fit.way.startswith(REPRICED)
    true = milliseconds(FRESH, OTHER_PRICES)
    columns, offered = columns_of(many), ways(PARENT.document.fit.model, 12)
    there = feature_columns(SpecArrays.of(FRESH), list(FEATURES))

    def missed(way: str) -> float:
        predicted = offered[way](columns, many.ms).predict(there)
        return float(np.abs(predicted / true - 1).mean())

    assert missed(document.fit.way) < 0.5 * missed(SCALE)
    hard = repriced(columns, many.ms, PARENT.document.fit.model, 1e9).predict(there)
    assert hard == pytest.approx(offered[SCALE](columns, many.ms).predict(there), rel=1e-3)


def test_what_is_offered_grows_with_the_rows() -> None:
    model = PARENT.document.fit.model
    assert list(ways(model, 9)) == [SCALE]
    assert AFFINE in ways(model, 10)
    assert not any("corrected" in way for way in ways(model, 19))
    assert any("corrected" in way for way in ways(model, 20))


def test_an_equal_device_needs_no_more_than_a_scale() -> None:
    document = transferred_document("twin", PARENT, rows(40, noise=0.02, seed=6, target=PHONE))
    assert isinstance(document.fit, Regression)
    assert document.fit.way == SCALE


def test_with_few_rows_a_transfer_beats_a_fit_to_them_alone() -> None:
    few = rows(20, SLOWER, noise=0.02, seed=7, target=PHONE)
    true = milliseconds(FRESH, SLOWER)
    moved = LatencyPredictor(transferred_document("phone", PARENT, few))
    alone = LatencyPredictor(measured_document("phone", few))
    assert error(moved, true) < error(alone, true)


def test_the_file_names_its_parent_and_knows_its_networks() -> None:
    document = transferred_document("phone", PARENT, rows(3, SLOWER, seed=3, target=PHONE))
    assert document.parent is not None
    assert document.parent.name == "parent"
    assert document.parent.digest == PARENT.digest
    assert document.parent.target == PARENT.document.target
    assert document.target == PHONE
    for name, found in document.ranges.items():
        assert found.low <= PARENT.document.ranges[name].low
        assert found.high >= PARENT.document.ranges[name].high
    mine, theirs = (LatencyPredictor(d).predict_many(FRESH) for d in (document, PARENT.document))
    assert (mine.extrapolating <= theirs.extrapolating).all()


def test_three_rows_say_little_and_the_interval_shows_it() -> None:
    three, nine = (rows(n, SLOWER, noise=0.02, seed=3, target=PHONE) for n in (3, 9))
    margins = []
    for found in (three, nine):
        fit = transferred_document("phone", PARENT, found).fit
        assert isinstance(fit, Regression)
        assert isinstance(PARENT.document.fit, Regression)
        assert fit.scores[EXTRAPOLATION][MODEL].rows == 1
        assert MACS_ONLY in fit.baselines
        outside = fit.margin + PARENT.document.fit.extrapolation_margin
        assert fit.extrapolation_margin == pytest.approx(outside, rel=1e-4)
        margins.append(fit.margin)
    assert margins[0] > margins[1]


def test_the_published_iphone_may_be_a_parent() -> None:
    iphone = load_predictor("iphone12_coreml")
    few = rows(5, seed=3, target=PHONE)
    document = transferred_document("phone", iphone, few)
    assert isinstance(document.fit, Regression)
    chosen = iphone.document.fit.model.coefficients
    ratios = {name: price / chosen[name] for name, price in document.fit.model.coefficients.items()}
    assert max(ratios.values()) == pytest.approx(min(ratios.values()), rel=1e-4)
    assert LatencyPredictor(document).predict(published("mobilevit_xs")).calibrated_on == "measured"


def test_fewer_than_three_rows_are_refused() -> None:
    with pytest.raises(PredictorError, match="3 networks or more, got 2"):
        transferred_document("phone", PARENT, rows(MIN_ROWS - 1, target=PHONE))
