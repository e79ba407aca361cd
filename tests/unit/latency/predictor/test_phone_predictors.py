"""The shipped predictors of phones, which were fitted to latencies that others published."""

import math

import numpy as np
import pytest

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.sums import feature_columns, rival_columns
from nasbench_mvit.latency.predictor.document_fits import MODEL, Regression
from nasbench_mvit.latency.predictor.files import predictor_names
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.study.config import load_study, predictor_of

PHONES = [name for name in predictor_names() if not name.startswith(("epyc", "zen5", "iphone12"))]
XXS = published("mobilevit_xxs")


def fit_of(predictor: LatencyPredictor) -> Regression:
    fit = predictor.document.fit
    assert isinstance(fit, Regression)
    return fit


def test_the_sums_of_xxs_worked_out_by_hand() -> None:
    found = feature_columns(SpecArrays.of([XXS]), [
        "stem_macs", "dense_macs", "matrix_macs", "norm_elements", "relu_elements", "silu_elements"
    ])  # fmt: skip
    tokens = {3: 32**2 * 64, 4: 16**2 * 80, 5: 8**2 * 96}  # pixels times dim of a level
    depths = {3: 2, 4: 4, 5: 3}
    # Stem 3×3 of 3 to 16 channels at 128 px; local 3×3 of C to C, fusion 3×3 of 2C to C.
    assert found["stem_macs"] == 9 * 3 * 16 * 128**2
    assert found["dense_macs"] == sum(
        9 * 3 * width**2 * side**2 for width, side in ((48, 32), (64, 16), (80, 8))
    )
    # A layer of width D: QKV and projection 4 D², feed-forward of 2 D both ways 4 D²; 320 to 1000.
    dims = {3: 64, 4: 80, 5: 96}
    assert found["matrix_macs"] == 320_000 + sum(
        depths[level] * tokens[level] * 8 * dims[level] for level in tokens
    )
    # Two norms a layer, one after the layers.
    assert found["norm_elements"] == sum(
        tokens[level] * (2 * depths[level] + 1) for level in tokens
    )
    assert found["relu_elements"] == 0
    assert found["silu_elements"] == 3_857_408


def test_separable_attention_passes_its_values_through_a_relu() -> None:
    v2 = SpecArrays.of([published("mobilevitv2_1.0")])
    found = feature_columns(v2, ["relu_elements"])["relu_elements"]
    assert found == 2 * 128 * 32**2 + 4 * 192 * 16**2 + 3 * 256 * 8**2


@pytest.mark.parametrize(
    ("rival", "used"),
    [
        ("mobilenet_v2", None),
        ("mobilenet_v3_large", "hardswish_elements"),
        ("deit_tiny", "gelu_elements"),
    ],
)
def test_a_rival_pays_for_its_own_activation(rival: str, used: str | None) -> None:
    names = ["silu_elements", "hardswish_elements", "gelu_elements"]
    found = rival_columns(RivalSpec(rival), names)
    assert [name for name in names if found[name][0]] == ([used] if used else [])


def test_deit_tiny_has_gelu_on_every_hidden_element() -> None:
    found = rival_columns(RivalSpec("deit_tiny"), ["gelu_elements"])
    assert found["gelu_elements"] == 12 * (14**2 + 1) * 768


def test_xxs_on_a_pixel_4_as_published() -> None:
    predictor = load_predictor("pixel_4_tflite")
    (row,) = (row for row in predictor.document.rows if row.spec_id == XXS.id)
    assert row.measured_ms == pytest.approx(89.949, abs=0.001)
    latency = predictor.predict(XXS)
    assert latency.low < row.measured_ms < latency.high
    assert (latency.kind, latency.calibrated_on) == ("estimated", "published")
    assert not latency.extrapolating


@pytest.mark.parametrize("name", PHONES)
def test_a_file_agrees_with_its_own_rows_and_scores(name: str) -> None:
    predictor = load_predictor(name)
    document, fit = predictor.document, fit_of(predictor)
    by_id = {published(known).id: published(known) for known in (
        "mobilevit_s", "mobilevit_xs", "mobilevit_xxs", "mobilevitv2_1.0", "mobilevitv2_2.0"
    )}  # fmt: skip
    for row in document.rows:
        assert predictor.predict(by_id[row.spec_id]).ms == pytest.approx(row.fitted_ms, rel=1e-4)
    errors = [abs(row.left_out_error) for row in document.rows]
    assert fit.scores["left-out MobileViTs"][MODEL].mape == pytest.approx(np.mean(errors), rel=1e-4)
    worst = max(abs(math.log(row.measured_ms / row.left_out_ms)) for row in document.rows)
    assert fit.margin >= max(0.1, worst - 1e-5)
    assert fit.extrapolation_margin >= 2 * fit.margin - 1e-5
    source = document.records.source
    assert source is not None
    assert (source.license, "2025" in source.year) == ("MIT", True)
    assert predictor.evidence.endswith(f"; source: {source.name}, {source.year}, MIT")


@pytest.mark.parametrize("name", PHONES)
def test_what_misses_a_goal_is_named_rough(name: str) -> None:
    predictor = load_predictor(name)
    goals = {"left-out MobileViTs": 0.05, "MobileViTv2 from v1": 0.03, "left-out families": 0.1}
    scores = fit_of(predictor).scores
    missed = [
        split for split, goal in goals.items()
        if split in scores and scores[split][MODEL].mape > goal
    ]  # fmt: skip
    rough = predictor.document.rough
    assert [split for split in goals if split in (rough or "")] == missed
    assert predictor.title.endswith("(rough)") is bool(missed)


@pytest.mark.parametrize("name", PHONES)
def test_simpler_models_do_worse_on_mobilevits_left_out(name: str) -> None:
    scores = fit_of(load_predictor(name)).scores["left-out MobileViTs"]
    assert scores[MODEL].mape < min(scores[other].mape for other in scores if other != MODEL)


def test_other_settings_than_the_rows_have_widen_the_interval() -> None:
    predictor = load_predictor("galaxy_s10_tflite")
    fit = fit_of(predictor)
    for unlike in (
        published("mobilevit_s", resolution=320),
        published("mobilevit_s", patches=(4, 4, 4)),
        published("mobilevit_s_no_fusion"),
        published("mobilevitv2_1.0"),
    ):
        latency = predictor.predict(unlike)
        assert latency.extrapolating
        assert latency.high / latency.ms == pytest.approx(math.exp(fit.extrapolation_margin))


@pytest.mark.parametrize(
    ("study", "xs_ms"),
    [
        ("latency_pixel4", 220.6),
        ("latency_galaxy_s10", 237.3),
        ("latency_one_fusion", 488.3),
        ("latency_iphone_xs", 160.1),
    ],
)
def test_a_study_of_a_phone_admits_xs_and_compares_with_s(study: str, xs_ms: float) -> None:
    _, config = load_study(study)
    predictor = predictor_of(config)
    rows = {row.network: row.measured_ms for row in predictor.document.rows}
    assert rows["MobileViT-XS"] == pytest.approx(xs_ms, abs=0.1)
    assert config.limits.latency_ms is not None
    high = predictor.predict(published("mobilevit_xs")).high
    assert 0.95 * config.limits.latency_ms < high <= config.limits.latency_ms
    assert config.reference is None  # so that S counts, the costliest baseline
