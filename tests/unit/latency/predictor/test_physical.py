import numpy as np
import pytest
from latency_law import LAW, networks

from nasbench_mvit.architecture.published import published
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.sums import FEATURES, LANES, feature_columns
from nasbench_mvit.latency.fitting.fit import fit_correction, fit_sum
from nasbench_mvit.latency.fitting.selection import take
from nasbench_mvit.latency.predictor.breakdown import (
    FIXED,
    STAGES,
    breakdown,
    by_kind,
    by_stage,
    stage_of,
)
from nasbench_mvit.latency.predictor.physical import Correction, PhysicalModel, Term

SPECS = networks(40)
COLUMNS = feature_columns(SpecArrays.of(SPECS), list(FEATURES))
CORRECTION = Correction(
    intercept=0.1,
    terms={"linear_macs": Term(mean=17.0, scale=1.0, low=-2.0, high=1.0, weight=0.2)},
)
CORRECTED = PhysicalModel(coefficients=LAW.coefficients, corrections=[CORRECTION])


def test_a_correction_is_the_exponential_of_clipped_logarithms() -> None:
    standard = (np.log1p(COLUMNS["linear_macs"]) - 17.0) / 1.0
    expected = np.exp(0.1 + 0.2 * np.clip(standard, -2.0, 1.0))
    assert CORRECTION.factor(COLUMNS) == pytest.approx(expected)
    assert CORRECTED.predict(COLUMNS) == pytest.approx(LAW.predict(COLUMNS) * expected)


def test_beyond_its_rows_a_correction_stays_at_its_last_value() -> None:
    huge = {"linear_macs": np.array([1e9, 1e12, 1e15])}
    assert CORRECTION.factor(huge) == pytest.approx([np.exp(0.1 + 0.2)] * 3)


def test_a_fit_without_noise_finds_the_prices_and_leaves_out_the_rest() -> None:
    fitted = fit_sum(COLUMNS, LAW.predict(COLUMNS), [*LAW.coefficients, "conv_weights"])
    for name, price in LAW.coefficients.items():
        assert fitted.coefficients[name] == pytest.approx(price, rel=1e-3)
    assert fitted.coefficients.get("conv_weights", 0.0) < 1e-12


def test_a_correction_without_penalty_finds_the_factor() -> None:
    within = PhysicalModel(
        coefficients=LAW.coefficients,
        corrections=[
            Correction(
                intercept=0.1,
                terms={"tokens": Term(mean=8.0, scale=1.0, low=-99.0, high=99.0, weight=0.2)},
            )
        ],
    )
    fitted = fit_correction(LAW, COLUMNS, within.predict(COLUMNS), ["tokens"], penalty=1e-9)
    assert fitted.predict(COLUMNS) == pytest.approx(within.predict(COLUMNS), rel=1e-4)


def test_a_feature_that_does_not_vary_corrects_nothing() -> None:
    fitted = fit_correction(LAW, COLUMNS, 2 * LAW.predict(COLUMNS), ["constant"], penalty=1.0)
    assert not fitted.corrections[0].terms
    assert fitted.predict(COLUMNS) == pytest.approx(2 * LAW.predict(COLUMNS), rel=1e-5)


@pytest.mark.parametrize("model", [LAW, CORRECTED], ids=["sum", "corrected"])
def test_the_parts_add_up_to_the_prediction(model: PhysicalModel) -> None:
    parts = breakdown(model, SPECS)
    assert sum(parts.values()) == pytest.approx(model.predict(COLUMNS))
    assert sum(by_kind(parts).values()) == pytest.approx(model.predict(COLUMNS))
    assert sum(by_stage(parts).values()) == pytest.approx(model.predict(COLUMNS))


def test_each_part_is_the_price_of_its_layers() -> None:
    kinds = by_kind(breakdown(LAW, SPECS))
    prices = LAW.coefficients
    assert kinds[FIXED] == pytest.approx(np.full(40, prices["constant"]))
    assert kinds["norm"] == pytest.approx(prices["norm_elements"] * COLUMNS["norm_elements"])
    assert kinds["attention"] == pytest.approx(prices["attention_macs"] * COLUMNS["attention_macs"])
    assert set(by_stage(breakdown(LAW, SPECS))) == {"stem", *"12345", "head", FIXED}


def test_kinds_of_multiply_adds_add_up() -> None:
    kinds = ("conv", "pointwise", "depthwise", "linear", "attention")
    parts = sum(COLUMNS[f"{kind}_macs"] for kind in kinds)
    classifier = COLUMNS["classifier_weights"] - 1000  # its biases multiply nothing
    assert parts + classifier == pytest.approx(COLUMNS["macs"])


def test_lanes_round_channels_up_to_whole_vectors() -> None:
    for kind in ("conv", "pointwise", "depthwise"):
        ratio = COLUMNS[f"{kind}_lane_macs"] / COLUMNS[f"{kind}_macs"]
        assert (ratio >= 1).all()
        assert (ratio < LANES).all()
    whole = [
        spec for spec in SPECS
        if all(width % LANES == 0 for i, stage in enumerate(spec.stages)
               for width in stage.hidden(spec.in_channels(i)))
    ]  # fmt: skip
    assert whole
    columns = feature_columns(SpecArrays.of(whole), ["depthwise_macs", "depthwise_lane_macs"])
    assert columns["depthwise_lane_macs"] == pytest.approx(columns["depthwise_macs"])


def test_a_model_of_unknown_features_or_without_a_price_is_refused() -> None:
    with pytest.raises(ValueError, match="Did you mean 'conv_macs'"):
        PhysicalModel(coefficients={"conv_mac": 1.0})
    with pytest.raises(ValueError, match="must be positive"):
        PhysicalModel(coefficients={"macs": 0.0})
    with pytest.raises(ValueError, match="unknown feature"):
        Correction(intercept=0.0, terms={"size": CORRECTION.terms["linear_macs"]})


def test_taking_rows_takes_them_of_every_column() -> None:
    some = take(COLUMNS, np.array([3, 1]))
    assert some.keys() == COLUMNS.keys()
    assert LAW.predict(some) == pytest.approx(LAW.predict(COLUMNS)[[3, 1]])


def test_every_layer_belongs_to_a_stage() -> None:
    names = {stage_of(layer.name) for layer in count_costs(published("mobilevit_s")).layers}
    assert names == set(STAGES)
