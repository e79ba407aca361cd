import copy
import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_specs import random_spec

from nasbench_mvit.analysis.pareto import UNKNOWN_SPREAD
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.rivals import RIVAL_FIGURES, RivalSpec
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.features.sums import CLASSIFIES, TASK, familiar, feature_columns
from nasbench_mvit.latency.predictor.document_fits import Calibration
from nasbench_mvit.latency.predictor.envelope import Envelope
from nasbench_mvit.latency.predictor.files import PACKAGED, predictor_names
from nasbench_mvit.latency.predictor.predictor import CHUNK, LatencyPredictor, load_predictor

IPHONE = load_predictor("iphone12_coreml")
ENSEMBLE = json.loads((PACKAGED / "iphone12_coreml.json").read_text(encoding="utf-8"))
CALIBRATION_FILE = Path(__file__).parents[3] / "golden" / "predictor_v1.json"
CALIBRATION = json.loads(CALIBRATION_FILE.read_text(encoding="utf-8"))
CALIBRATED = load_predictor(CALIBRATION_FILE)
PATCHES = ((8, 4, 2), (4, 4, 4), (2, 2, 2), (3, 3, 3))


def changed(spec: MobileViTSpec, stage: int = 4, **changes: object) -> MobileViTSpec:
    stages = list(spec.stages)
    block = stages[stage].block
    assert block is not None
    stages[stage] = dataclasses.replace(
        stages[stage],
        block=dataclasses.replace(block, **changes),  # type: ignore[arg-type]
    )
    return dataclasses.replace(spec, stages=tuple(stages))


@pytest.mark.parametrize("name", BASELINES)
def test_the_published_networks_within_ten_percent(name: str) -> None:
    latency = IPHONE.predict(published(name))
    published_ms = FIGURES[name].latency_ms
    assert published_ms is not None
    assert latency.ms == pytest.approx(published_ms, rel=0.1)
    assert latency.low < published_ms < latency.high
    assert (latency.kind, latency.calibrated_on) == ("estimated", "published")
    assert not latency.extrapolating


@pytest.mark.parametrize("name", predictor_names())
@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_a_head_takes_time_and_is_an_extrapolation_where_no_row_has_it(
    name: str, task: str
) -> None:
    predictor, spec = load_predictor(name), published("mobilevit_xs")
    latency = predictor.predict(spec.for_task(task))
    known = familiar(predictor.document.settings)[TASK]
    is_known = {"detection": 1, "segmentation": 2}[task] in known
    assert latency.extrapolating is not is_known
    if is_known or list(known) == [CLASSIFIES]:
        assert latency.ms > predictor.predict(spec).ms


@pytest.mark.parametrize(
    ("task", "resolution", "patches", "published_ms", "error"),
    [
        ("detection", 320, (2, 2, 2), 12.6, -0.12),
        ("detection", 320, (8, 4, 2), 10.7, -0.25),
        ("segmentation", 512, (2, 2, 2), 32.3, 0.36),
        ("segmentation", 512, (8, 4, 2), 25.1, -0.05),
    ],
)
def test_published_latencies_with_heads_are_held_out_with_the_stated_errors(
    task: str, resolution: int, patches: tuple[int, int, int], published_ms: float, error: float
) -> None:
    spec = published("mobilevit_xs", patches=patches, resolution=resolution).for_task(task)
    latency = IPHONE.predict(spec)
    assert latency.ms / published_ms - 1 == pytest.approx(error, abs=0.005)


def test_s_by_patch_size_in_the_published_order() -> None:
    ms = [IPHONE.predict(published("mobilevit_s", patches=patches)).ms for patches in PATCHES]
    assert ms == sorted(ms)
    assert len(set(ms)) == len(ms)


def test_the_interval_is_the_error_of_rows_left_out() -> None:
    latency = CALIBRATED.predict(published("mobilevit_s"))
    fit = CALIBRATED.document.fit
    assert isinstance(fit, Calibration)
    error = fit.candidates[fit.chosen].max_error
    assert latency.low == pytest.approx(latency.ms / (1 + error))
    assert latency.high == pytest.approx(latency.ms / (1 - error))


def test_of_a_resize_the_interval_says_how_little_is_known() -> None:
    plain, resized = (
        CALIBRATED.predict(published("mobilevit_s", patches=patches))
        for patches in [(2, 2, 2), (3, 3, 3)]
    )
    assert resized.low < plain.ms < resized.ms
    assert resized.high > resized.ms + (resized.ms - plain.ms)


def test_separable_attention_takes_what_was_published_of_it() -> None:
    """One model fitted to softmax attention alone says 5.7 ms."""
    for width, ms in {"0.5": 1.6, "1.0": 3.4, "1.5": 5.1, "2.0": 7.5}.items():
        latency = IPHONE.predict(published(f"mobilevitv2_{width}"))
        assert latency.ms == pytest.approx(ms, rel=0.1)
        assert latency.low < ms < latency.high


@pytest.mark.parametrize("rival", ["mobilenet_v2", "deit_tiny"])
def test_the_interval_of_another_family_holds_what_was_published(rival: str) -> None:
    latency = IPHONE.predict(RivalSpec(rival))
    published_ms = RIVAL_FIGURES[rival].latency_ms
    assert published_ms is not None
    assert latency.low < published_ms < latency.high


def test_the_further_from_the_rows_the_wider_the_interval() -> None:
    def spread(spec: MobileViTSpec) -> float:
        latency = IPHONE.predict(spec)
        assert latency.low < latency.ms < latency.high
        return latency.high / latency.low

    tiny = UNFAMILIAR["smaller than the rows"]
    plain = published("mobilevit_s_no_fusion")
    assert spread(S) < 1.2 < spread(plain) < spread(tiny) < UNKNOWN_SPREAD


S = published("mobilevit_s")
UNFAMILIAR = {
    "another kernel": changed(S, kernel=5),
    "a smaller kernel": changed(S, kernel=1),
    "no fusion": changed(S, fusion=False),
    "other heads": changed(S, heads=8),
    "a patch size without rows": changed(S, patch=(1, 1)),
    "another resolution": published("mobilevit_s", resolution=320),
    "deeper than the rows": changed(S, stage=2, depth=8),
    "smaller than the rows": changed(changed(published("mobilevit_xxs"), stage=2, depth=1), dim=8),
}


@pytest.mark.parametrize("spec", UNFAMILIAR.values(), ids=UNFAMILIAR)
def test_extrapolation_is_flagged_and_widens_the_interval(spec: MobileViTSpec) -> None:
    familiar, latency = CALIBRATED.predict(S), CALIBRATED.predict(spec)
    assert latency.extrapolating
    assert latency.low < latency.ms < latency.high
    width = (latency.high - latency.low) / latency.ms
    assert width > 1.5 * (familiar.high - familiar.low) / familiar.ms


def test_between_the_rows_nothing_is_extrapolated() -> None:
    between = changed(published("mobilevit_xs"), dim=160, ffn_ratio=1.5)
    assert not CALIBRATED.predict(between).extrapolating


def test_many_at_once_are_each_as_if_alone() -> None:
    rng = np.random.default_rng(0)
    specs = [random_spec(rng, int(rng.integers(32, 300))) for _ in range(40)]
    specs += [published(name) for name in BASELINES]
    many = IPHONE.predict_many(specs)
    for index, spec in enumerate(specs):
        alone = IPHONE.predict(spec)
        together = (many.ms[index], many.low[index], many.high[index], many.extrapolating[index])
        expected = (alone.ms, alone.low, alone.high, alone.extrapolating)
        assert together == pytest.approx(expected, rel=1e-12)


def test_no_networks_and_more_than_a_chunk_of_them() -> None:
    none = IPHONE.predict_many([])
    assert none.ms.shape == none.low.shape == none.high.shape == none.extrapolating.shape == (0,)
    many = IPHONE.predict_many([S] * (CHUNK + 1))
    assert many.ms == pytest.approx(IPHONE.predict(S).ms)
    assert many.ms.shape == (CHUNK + 1,)


def test_a_predictor_says_in_words_what_it_is_and_how_far_it_misses() -> None:
    basis = "the authors' published iPhone 12 measurements"
    assert IPHONE.title == f"estimated for iPhone 12 with Core ML from {basis}"
    assert "13 of 13 rows, each left out once, lie in the range" in IPHONE.evidence
    worst = max(abs(r.left_out_error) for r in CALIBRATED.document.rows if not r.needs_resize)
    assert f"6 rows, each left out once, are missed by at most {worst:.1%}" in CALIBRATED.evidence


def test_predicting_loads_neither_torch_nor_scipy() -> None:
    code = (
        "import sys\n"
        "from nasbench_mvit.architecture.published import published\n"
        "from nasbench_mvit.latency.predictor.predictor import load_predictor\n"
        "load_predictor('iphone12_coreml').predict(published('mobilevit_s'))\n"
        "assert not {'torch', 'scipy', 'pandas'} & set(sys.modules), sorted(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_file_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(ENSEMBLE), encoding="utf-8")
    assert load_predictor(path).predict(S) == load_predictor(str(path)).predict(S)
    assert load_predictor(path).predict(S) == IPHONE.predict(S)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("iphone12-coreml", r"Did you mean 'iphone12_coreml'\?.*Available: .*iphone12_coreml"),
        ("iphone", r"unknown latency predictor 'iphone'"),
        ("", r"unknown latency predictor ''"),
        ("no/such/file.json", r"no/such/file.json cannot be read"),
        ("no/such/file", r"no/such/file cannot be read"),
    ],
)
def test_an_unknown_predictor(name: str, message: str) -> None:
    with pytest.raises(PredictorError, match=message) as caught:
        load_predictor(name)
    assert caught.value.exit_code == 2
    assert {"epyc_onnxruntime", "epyc_wasm", "iphone12_coreml"} < set(predictor_names())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"iphone12_coreml"',
        "[" * 100_000,
        '{"name": 1, "name": 2}',
        json.dumps(CALIBRATION)[:-20],
        b"\xff\xfe",
        json.dumps(CALIBRATION).replace("0.0243986", "NaN"),
        json.dumps(CALIBRATION).replace("0.0243986", "1e999"),
        json.dumps(CALIBRATION).replace("0.0243986", "Infinity"),
        json.dumps(CALIBRATION).replace("0.0243986", "-0.1"),
        json.dumps(CALIBRATION).replace("0.0243986", '"0.02"'),
        json.dumps(CALIBRATION).replace("0.0243986", "true"),
    ],
    ids=range(15),
)
def test_a_damaged_file(tmp_path: Path, text: str | bytes) -> None:
    path = tmp_path / "damaged.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PredictorError, match=r"damaged\.json"):
        load_predictor(path)


def at(document: dict[str, Any], *keys: str | int) -> Any:
    for key in keys:
        document = document[key]  # type: ignore[index]
    return document


@pytest.mark.parametrize(
    ("where", "key", "value", "message"),
    [
        ((), "schema_version", 1, "'schema_version'"),
        (("target",), "devise", "iPhone 12", "unknown key 'target.devise'. Did you mean 'device'"),
        (("fit",), "kind", "guess", "'fit'"),
        (("fit",), "chosen", "rooflin", "unknown candidate 'rooflin'. Did you mean 'roofline'"),
        (("fit",), "rival", "none", "unknown candidate 'none'"),
        (
            ("fit", "candidates", "roofline", "coefficients"),
            "map_wrk",
            1.0,
            "Did you mean 'map_work'",
        ),
        (("fit", "candidates", "roofline", "coefficients"), "map_work", -1.0, "or more"),
        (("fit", "candidates", "roofline"), "max_error", 1.0, "less than 1"),
        (("fit", "candidates", "roofline"), "coefficients", {"macs": 0.0}, "must be positive"),
        (("fit", "candidates", "roofline"), "coefficients", {}, "coefficients"),
        (("ranges", "map_work"), "low", 1e99, "low must not exceed high"),
        (("ranges",), "attention_work", {"low": 0.0, "high": 1.0}, "feature in ranges"),
        (("records",), "kind", "guessed", "'records.kind'"),
        (("records",), "count", 6, "records.count must be the number of rows, 7, got 6"),
        (("records",), "sha256", "f00", "'records.sha256'"),
        (("settings",), "colour", [1], "settings may name"),
        (("rows", 0), "measured_ms", 0.0, "'rows.0.measured_ms'"),
    ],
)
def test_a_file_that_breaks_a_rule(
    tmp_path: Path, where: tuple[str | int, ...], key: str, value: object, message: str
) -> None:
    document = copy.deepcopy(CALIBRATION)
    at(document, *where)[key] = value
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(PredictorError) as caught:
        load_predictor(path)
    assert message in str(caught.value)


@pytest.mark.parametrize("key", sorted(CALIBRATION.keys() - {"parent"}))
def test_a_file_without_one_of_its_fields(tmp_path: Path, key: str) -> None:
    document = {name: value for name, value in CALIBRATION.items() if name != key}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(PredictorError, match=f"'{key}' is missing"):
        load_predictor(path)


def test_a_file_without_a_range_it_needs(tmp_path: Path) -> None:
    document = copy.deepcopy(CALIBRATION)
    del document["ranges"]["map_work"]
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(PredictorError, match="ranges must give the range of 'map_work'"):
        load_predictor(path)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("models", [[1.0]], f"each of models must have {len(ENSEMBLE['fit']['features'])} prices"),
        ("models", [], "'fit.models'"),
        ("features", ["mac"], "Did you mean 'macs'"),
        ("margin", -0.1, "'fit.margin'"),
        ("setup", 0.9, "'fit.setup'"),
    ],
)
def test_an_ensemble_that_breaks_a_rule(
    tmp_path: Path, key: str, value: object, message: str
) -> None:
    path = tmp_path / "mine.json"
    document = ENSEMBLE | {"fit": ENSEMBLE["fit"] | {key: value}}
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(PredictorError) as caught:
        load_predictor(path)
    assert message in str(caught.value)


# Milliseconds per MAC and per softmax row: each model prices both networks.
@pytest.mark.parametrize(
    ("models", "margin"),
    [([[2e-9, 0.0], [1e-9, 0.0]], 0.0), ([[2e-9, 0.0], [1e-9, 1e-6]], 0.0), ([[2e-9, 0.0]], 0.05)],
)
def test_a_difference_is_one_models_at_a_time(models: list[list[float]], margin: float) -> None:
    fit = IPHONE.document.fit
    assert isinstance(fit, Envelope)
    features = ["macs", "softmax_rows"]
    hand = fit.model_copy(update={"features": features, "models": models, "margin": margin})
    predictor = LatencyPredictor(IPHONE.document.model_copy(update={"fit": hand}))
    fast, slow = published("mobilevit_xxs"), published("mobilevit_s")
    macs = [count_costs(spec).macs for spec in (fast, slow)]
    rows = [softmax_rows(spec) for spec in (fast, slow)]
    ms = [[a * m + b * r for a, b in models] for m, r in zip(macs, rows, strict=True)]
    apart = [second - first for first, second in zip(*ms, strict=True)]
    slack = margin * max(ms[1])
    found = predictor.differences([fast], [slow])
    assert found is not None
    low, high = found
    assert (low[0], high[0]) == pytest.approx((min(apart) - slack, max(apart) + slack))
    assert low[0] >= min(ms[1]) - max(ms[0]) - slack  # what two intervals leave


def softmax_rows(spec: MobileViTSpec) -> float:
    return float(feature_columns(SpecArrays.of([spec]), ["softmax_rows"])["softmax_rows"][0])


def test_one_model_has_no_differences_of_an_ensemble() -> None:
    specs = [published("mobilevit_xs")]
    assert CALIBRATED.differences(specs, specs) is None
    assert load_predictor("epyc_onnxruntime").differences(specs, specs) is None
