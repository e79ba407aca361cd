"""Calibrations on scores with known answers."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from calibrating import NAMES, calibrated, on_a_line

from nasbench_mvit.analysis.conformal import margin
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.calibration import files
from nasbench_mvit.calibration.calibration import ImagenetCalibration, ImagenetEstimates
from nasbench_mvit.calibration.document import CalibrationDocument
from nasbench_mvit.calibration.files import read_calibration, write_calibration
from nasbench_mvit.calibration.fit import calibrate
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import CalibrationError
from nasbench_mvit.training.proxy.recipe import ProxyConfig

XS = published("mobilevit_xs")
A = 0.02 * math.sqrt(3) / 2  # four seeds at ± A have a standard deviation of 0.02
SEEDS = (A, -A, A, -A)


def estimate(
    document: CalibrationDocument,
    score: float = 0.7,
    spec: MobileViTSpec = XS,
    *,
    seeds: int = 1,
    error: float = math.nan,
) -> ImagenetEstimates:
    return ImagenetCalibration(document).estimate(
        [spec], np.array([score]), seeds_S=np.array([seeds]), error_S=np.array([error])
    )


def half(found: ImagenetEstimates) -> float:
    assert found.top1[0] - found.low[0] == pytest.approx(found.high[0] - found.top1[0])
    return float(found.high[0] - found.top1[0])


def log_macs(name: str) -> float:
    return math.log10(count_costs(published(name)).macs)


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


@pytest.mark.parametrize(
    ("score", "terms", "weights"),
    [
        (on_a_line, "score", [40, 50]),
        (
            lambda name: (FIGURES[name].top1 - 5 * log_macs(name)) / 50,
            "score and log MACs",
            [0, 50, 5],
        ),
        (lambda name: sigmoid((FIGURES[name].top1 - 75) / 5), "logit of score", [75, 5]),
        (
            lambda name: sigmoid((FIGURES[name].top1 - 4 * log_macs(name) - 40) / 5),
            "logit of score and log MACs",
            [40, 5, 4],
        ),
    ],
)
def test_the_law_behind_the_scores_is_found(score, terms, weights) -> None:  # type: ignore[no-untyped-def]
    document = calibrated(score)
    assert document.terms == terms
    assert document.weights == pytest.approx(weights, abs=1e-6)
    assert document.errors.left_out == pytest.approx(0, abs=1e-6)
    assert document.errors.paper_out == pytest.approx(0, abs=1e-5)
    assert [network.fitted_top1 for network in document.networks] == pytest.approx(
        [FIGURES[name].top1 for name in NAMES]
    )


def test_a_score_becomes_a_top1_of_kind_estimated() -> None:
    found = estimate(calibrated())
    assert found.top1[0] == pytest.approx(75)
    assert found.kind == "estimated"


def test_the_margin_and_the_errors_are_those_of_networks_left_out() -> None:
    rng = np.random.default_rng(0)
    document = calibrated(lambda name: on_a_line(name) + 0.02 * rng.standard_normal())
    errors = np.array([network.left_out_error for network in document.networks])
    assert document.errors.left_out == pytest.approx(math.sqrt(np.mean(errors**2)))
    assert document.margin == margin(errors) <= document.margin_outside
    # the fit that chose among four is no better than its choice, made anew without each network
    assert document.errors.left_out >= document.alternatives[document.terms].left_out
    assert half(estimate(document)) == pytest.approx(document.margin)


@pytest.mark.parametrize(
    ("seeds", "error", "expected"),
    [
        (4, math.nan, 1.0),  # as many seeds as behind the calibration: its margin
        (9, math.nan, 1.0),
        # t(95 %, 60) = 1.6706; 50 · 1.6706 · 0.02 · √(1 - 1/4) = 1.4468
        (1, math.nan, math.hypot(1, 1.4468)),
        (2, math.nan, math.hypot(1, 0.8353)),  # √(1/2 - 1/4)
        (1, 0.05, math.hypot(1, 4.0921)),  # √(0.05² - 0.02²/4), a surrogate's error
    ],
)
def test_fewer_seeds_and_estimated_scores_widen_the_interval(
    seeds: int, error: float, expected: float
) -> None:
    document = calibrated(around=SEEDS).model_copy(update={"margin": 1.0, "margin_outside": 9.0})
    assert document.noise is not None
    assert document.noise.sd == pytest.approx(0.02)
    assert document.noise.freedom == 60
    assert half(estimate(document, seeds=seeds, error=error)) == pytest.approx(expected, rel=1e-4)


def test_an_interval_stays_within_0_and_100() -> None:
    document = calibrated().model_copy(update={"margin": 80.0, "margin_outside": 80.0})
    found = estimate(document)
    assert (found.low[0], found.high[0]) == (0, 100)
    assert estimate(document, 1.0, XS).top1[0] == pytest.approx(90)


def with_blocks(spec: MobileViTSpec, **changes: object) -> MobileViTSpec:
    stages = tuple(
        stage if stage.block is None else dataclasses.replace(
            stage, block=dataclasses.replace(stage.block, **changes)  # type: ignore[arg-type]
        )
        for stage in spec.stages
    )  # fmt: skip
    return dataclasses.replace(spec, stages=stages)


@pytest.mark.parametrize(
    ("spec", "score", "is_in"),
    [
        (XS, 0.7, True),
        (published("mobilevitv3_1.0"), 0.7, True),
        (published("mobilevit_s_no_fusion"), 0.7, True),
        (with_blocks(XS, heads=2, kernel=1), 0.7, True),  # not looked at
        (published("mobilevit_xs", patches=(4, 2, 2)), 0.7, False),
        (published("mobilevit_xs", resolution=192), 0.7, False),
        (dataclasses.replace(published("mobilevitv2_2.0"), head_expansion=4.0), 0.7, False),
        (XS, 0.5, False),
        (XS, 0.9, False),
    ],
)
def test_a_network_unlike_those_behind_it_is_flagged_with_a_wider_interval(
    spec: MobileViTSpec, score: float, is_in: bool
) -> None:
    document = calibrated().model_copy(update={"margin": 1.0, "margin_outside": 3.0})
    found = estimate(document, score, spec)
    assert bool(found.in_domain[0]) is is_in
    assert half(found) == pytest.approx(1.0 if is_in else 3.0)


V1_AND_V2 = ("mobilevit_", "mobilevitv2_")
SOFTMAX = ("mobilevit_", "mobilevitv3_s", "mobilevitv3_x")


@pytest.mark.parametrize(
    ("behind", "changes"),
    [
        (V1_AND_V2, {"residual": True}),
        (V1_AND_V2, {"fusion": "local"}),
        (SOFTMAX, {"attention": "separable"}),
    ],
)
def test_a_part_that_no_network_behind_it_has_is_outside(
    behind: tuple[str, ...], changes: dict[str, object]
) -> None:
    scores = {name: [on_a_line(name)] for name in NAMES if name.startswith(behind)}
    document = calibrate(scores, name="a", proxy=ProxyConfig(), data="embedded", images="0")
    assert estimate(document).in_domain[0]
    assert not estimate(document, spec=with_blocks(XS, **changes)).in_domain[0]


@pytest.mark.parametrize(
    ("proxy", "data", "difference"),
    [
        (ProxyConfig(steps=336), "embedded", "steps is 168 there and 336 here"),
        (ProxyConfig(layout="grid"), "embedded", "layout is scattered there and grid here"),
        (ProxyConfig(), "imagefolder:mine", "data is embedded there and imagefolder:mine here"),
    ],
)
def test_the_calibration_of_another_proxy_is_refused_naming_both(
    tmp_path: Path, proxy: ProxyConfig, data: str, difference: str
) -> None:
    write_calibration(calibrated(), tmp_path / "mine.json")
    with pytest.raises(CalibrationError, match=f"{ProxyConfig().id}.*{proxy.id}") as refused:
        ImagenetCalibration.of_recipe(proxy, data, str(tmp_path / "mine.json"))
    assert difference in str(refused.value)
    assert ImagenetCalibration.of_recipe(ProxyConfig(), "embedded", str(tmp_path / "mine.json"))


def test_the_shipped_calibration_of_a_recipe_is_found_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PACKAGED", tmp_path)
    write_calibration(calibrated(proxy=ProxyConfig(steps=336)), tmp_path / "a.json")
    write_calibration(calibrated(), tmp_path / "b.json")
    found = ImagenetCalibration.of_recipe(ProxyConfig(), "embedded")
    assert found is not None
    assert found.document.proxy_id == ProxyConfig().id
    assert ImagenetCalibration.of_recipe(ProxyConfig(), "imagefolder:mine") is None
    assert ImagenetCalibration.of_recipe(ProxyConfig(steps=8), "embedded") is None


def test_a_file_holds_all_of_a_calibration(tmp_path: Path) -> None:
    document = calibrated(around=SEEDS)
    write_calibration(document, tmp_path / "mine.json")
    assert read_calibration(tmp_path / "mine.json") == document
    assert document.networks[0].source == FIGURES[NAMES[0]].top1_source
    assert len(document.networks[0].scores) == len(SEEDS)


@pytest.mark.parametrize(
    ("change", "needle"),
    [
        ({"weight": 1}, "weight"),
        ({"schema_version": 2}, "schema_version"),
        ({"kind": "published"}, "kind"),
        ({"weights": [40.0, 50.0, 1.0]}, "weights of 'score' are 2, got 3"),
        ({"weights": [40.0, -50.0]}, "above 0"),
        ({"margin": -1.0}, "margin"),
        ({"kinds": {}}, "kinds"),
        ({"networks": []}, "networks"),
    ],
)
def test_a_damaged_file_is_one_message(
    tmp_path: Path, change: dict[str, object], needle: str
) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(calibrated().model_dump(mode="json") | change))
    with pytest.raises(CalibrationError, match=rf"(?s)mine\.json.*{needle}"):
        read_calibration(path)


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        (None, "cannot be read.*--calibration FILE"),
        ("{", "not valid JSON"),
        ("[]", "object"),
        ('{"name": "a", "name": "b"}', "repeated"),
    ],
)
def test_what_is_no_calibration_is_one_message(
    tmp_path: Path, text: str | None, needle: str
) -> None:
    if text is not None:
        (tmp_path / "mine.json").write_text(text)
    with pytest.raises(CalibrationError, match=needle):
        read_calibration(tmp_path / "mine.json")


@pytest.mark.parametrize(
    ("score", "needle"),
    [
        (lambda name: 1 - on_a_line(name), "does not rise with the scores"),
        (lambda _name: 0.5, "does not rise with the scores"),
    ],
)
def test_scores_that_say_nothing_of_imagenet_are_refused(score, needle: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CalibrationError, match=needle):
        calibrated(score)


def test_few_networks_are_refused() -> None:
    scores = {name: [0.5] for name in NAMES[:5]}
    with pytest.raises(CalibrationError, match="6 published networks or more, got 5"):
        calibrate(scores, name="a", proxy=ProxyConfig(), data="embedded", images="0")


def test_it_says_what_it_rests_on_and_when_that_is_too_little() -> None:
    one = ImagenetCalibration(calibrated())
    assert "1 seed a network, of which 3 or more are advised" in one.evidence
    assert "advised" not in ImagenetCalibration(calibrated(around=SEEDS)).evidence
    assert "20 published networks" in one.title
    assert one.caution is None
    rng = np.random.default_rng(1)
    noisy = ImagenetCalibration(
        calibrated(lambda name: on_a_line(name) + 0.2 * rng.standard_normal())
    )
    assert noisy.caution is not None
    assert "log MACs alone" in noisy.caution
