"""Gains, recommendation, cautions and next steps, from rows with known numbers."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from synthetic import synthetic_run

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.memory import peak_mb
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.results.cautions import cautions
from nasbench_mvit.search.results.gains import accuracy_gain, cost_gains, gains, gains_frame
from nasbench_mvit.search.results.next_steps import next_step
from nasbench_mvit.search.results.recommendation import recommendation, recommended
from nasbench_mvit.search.results.reference import ReferencePoint
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.workbench.studies.open import open_study


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return open_study(synthetic_run(tmp_path_factory.mktemp("runs") / "run", 4)).summary


@pytest.fixture(scope="module")
def config() -> StudyConfig:
    return load_study("latency_iphone")[1]


def row(template: Summary, name: str, top1: float, ms: float, **changes: object) -> Row:
    number = len(name) if name.startswith("M") else int(name.rsplit(maxsplit=1)[-1])
    role = "baseline" if name.startswith("M") else "search"
    fields = {
        "trial": number, "name": name, "role": role, "state": "complete", "top1": top1,
        "seeds": (0,), "latency_ms": ms, "latency_low_ms": ms - 0.5, "latency_high_ms": ms + 1.0,
        "sampling_error": 0.01, "on_front": role == "search", "within_limits": True, "reason": "",
    }  # fmt: skip
    return replace(template.rows[0], **(fields | changes))  # type: ignore[arg-type]


def summary(template: Summary, *rows: Row, noise: float = 0.01, freedom: int = 4) -> Summary:
    return replace(
        template, rows=rows, noise=noise, noise_freedom=freedom, noise_source="S × 5",
        reference=ReferencePoint(0.1, 15.0, is_made=False),
    )  # fmt: skip


def test_gains_have_their_pessimistic_end(template: Summary) -> None:
    slow, fast = row(template, "MobileViT-S", 0.60, 9.0), row(template, "trial 7", 0.70, 5.0)
    found = summary(template, slow, fast)
    chance = stats.t.ppf(0.975, 4) * math.hypot(0.01, 0.01)
    gain = accuracy_gain(found, fast, slow)
    assert (gain.value, gain.low, gain.high) == pytest.approx((0.1, 0.1 - chance, 0.1 + chance))
    (saved,) = cost_gains(found, [fast], slow)
    assert (saved.value, saved.low, saved.high) == pytest.approx((4.0, 8.5 - 6.0, 10.0 - 4.5))
    (line,) = gains_frame(found, [fast]).itertuples(index=False)
    assert list(line) == [
        "MobileViT-S", 10.0, pytest.approx(100 * (0.1 - chance), abs=0.005), "trial 7",
        4.0, 2.5, "trial 7",
    ]  # fmt: skip


def test_the_gain_is_by_the_best_no_slower_and_the_fastest_no_worse(template: Summary) -> None:
    over = row(template, "MobileViT-XS", 0.45, 5.5)  # from 5 ms; trial 2 needs up to 5
    front = [
        row(template, f"trial {number}", top1, ms)
        for number, top1, ms in ((1, 0.3, 2.0), (2, 0.5, 4.0), (3, 0.7, 8.0))
    ]
    (gain,) = gains(summary(template, over), front)
    assert (gain.accurate, gain.cheap) == (front[1], front[1])


def test_a_network_that_may_be_slower_gains_nothing_at_surely_no_more_latency(
    template: Summary,
) -> None:
    over, near = row(template, "MobileViT-XS", 0.45, 5.0), row(template, "trial 2", 0.5, 4.0)
    (gain,) = gains(summary(template, over), [near])
    assert gain.accurate is None  # up to 5.0 ms, beside 4.5 at the fastest
    wide = row(template, "trial 3", 0.5, 3.0, latency_low_ms=1.0, latency_high_ms=8.0)
    (gain,) = gains(summary(template, over), [wide, near])
    assert gain.cheap is near


def is_told_apart(predictor: LatencyPredictor, spec: MobileViTSpec, paper: MobileViTSpec) -> bool:
    joint = predictor.differences([spec], [paper])
    overlaps = predictor.predict(spec).high > predictor.predict(paper).low
    return joint is not None and overlaps and bool(joint[0][0] > 0)


def test_an_ensemble_tells_apart_what_two_intervals_do_not(template: Summary) -> None:
    predictor = load_predictor("iphone12_coreml")
    paper, space = published("mobilevit_xxs"), SearchSpace.load("mobilevit")
    drawn = (space.sample(np.random.default_rng(seed)) for seed in range(99))
    less = next(spec for spec in drawn if is_told_apart(predictor, spec, paper))
    rows = []
    for name, spec, top1 in (("MobileViT-XXS", paper, 0.6), ("trial 2", less, 0.7)):
        found = predictor.predict(spec)
        rows.append(
            row(template, name, top1, found.ms, network=spec, latency_low_ms=found.low,
                latency_high_ms=found.high)
        )  # fmt: skip
    over, front = rows
    study = summary(template, over)
    assert gains(study, [front])[0].accurate is None  # the intervals overlap
    (gain,) = gains(study, [front], predictor)
    assert gain.accurate is gain.cheap is front
    (apart,), (joint,) = (cost_gains(study, [front], over, p) for p in (None, predictor))
    assert apart.low < 0 < joint.low <= joint.value == apart.value <= joint.high <= apart.high
    stale = replace(front, latency_ms=front.latency_ms * 1.01)  # of an earlier predictor
    (other,) = cost_gains(study, [stale], over, predictor)
    assert (other.low, other.high) == (apart.low, apart.high)
    memory = replace(study, rule=FrontRule.MEMORY)
    (saved,) = cost_gains(memory, [front], over, predictor)
    assert saved.low == saved.value == saved.high == peak_mb(paper) - peak_mb(less)
    assert "saved at no less proxy accuracy, MB" in gains_frame(memory, [front], predictor)


def test_gains_of_nothing_are_absent_numbers(template: Summary) -> None:
    found = summary(template, row(template, "MobileViT-S", 0.6, 2.0))
    frame = gains_frame(found, [])
    assert frame.over.tolist() == ["MobileViT-S"]
    assert frame.select_dtypes("number").isna().all(axis=None)
    assert frame.select_dtypes("number").shape == (1, 4)


def test_a_gain_whose_noise_is_unknown_excludes_nothing(template: Summary) -> None:
    slow, fast = row(template, "MobileViT-S", 0.60, 9.0), row(template, "trial 7", 0.70, 5.0)
    gain = accuracy_gain(summary(template, slow, fast, noise=math.nan, freedom=0), fast, slow)
    assert math.isnan(gain.low)
    assert not gain.excludes_zero


def test_the_most_accurate_that_surely_keeps_the_limit_is_recommended(
    template: Summary, config: StudyConfig
) -> None:
    best, risky = row(template, "trial 7", 0.70, 5.0), row(template, "trial 8", 0.80, 7.5)
    near = row(template, "trial 9", 0.695, 4.0)
    paper = row(template, "MobileViT-XS", 0.60, 6.0, on_front=False)
    found = summary(template, best, risky, near, paper)
    assert recommended(found, config) is best  # 7.5 ms may be 8.5, the limit is 8
    first, beside, alike = recommendation(found, config)
    assert first.startswith("Take trial 7")
    assert "70.0 ± 1.0 %" in first
    assert "at most 6.00" in first
    assert "10.0 points more accurate (from +6.1 to +13.9: its interval excludes 0)" in beside
    assert "1.0 ms faster (from −0.5 to +2.5: its interval holds 0)" in beside
    assert "trial 9 (4.00 ms), which is faster" in alike


@pytest.mark.parametrize(
    ("rule", "faster"),
    [
        ("point", ""),
        ("upper", "faster by the upper end of the interval"),
        ("supported", "faster as far as intervals tell"),
    ],
)
def test_a_network_slower_by_the_point_is_faster_by_what_decides(
    rule: str, faster: str, template: Summary, config: StudyConfig
) -> None:
    best = replace(row(template, "trial 7", 0.70, 3.0), latency_high_ms=7.0)
    sure = replace(row(template, "trial 9", 0.695, 4.0), latency_high_ms=4.5)
    found = replace(summary(template, best, sure), rule=FrontRule(rule))
    alike = [text for text in recommendation(found, config) if "apart from trial 9" in text]
    assert [text.partition("which is ")[2] for text in alike] == [faster] * bool(faster)


def test_where_the_papers_network_wins_that_is_said(template: Summary, config: StudyConfig) -> None:
    found = summary(template, row(template, "MobileViT-XS", 0.9, 6.0, on_front=True))
    assert "Take MobileViT-XS itself" in recommendation(found, config)[0]


def test_nothing_trained_is_nothing_to_recommend(template: Summary, config: StudyConfig) -> None:
    (text,) = recommendation(summary(template), config)
    assert text.startswith("No network can be recommended yet")


@pytest.mark.parametrize(
    ("top1s", "error", "needle"),
    [
        ((0.5, 0.6), 0.05, "Only about 100 images"),
        ((0.99, 0.97), 0.001, "at the ceiling"),
        ((0.05, 0.06), 0.001, "No network surpasses the reference point"),
        ((0.60, 0.61), 0.001, "by more than they differ"),
        ((0.30, 0.65), 0.001, ""),
    ],
)
def test_what_weakens_a_study_is_said(
    top1s: tuple[float, ...], error: float, needle: str, template: Summary
) -> None:
    rows = [row(template, f"trial {7 + place}", top1, 5.0, sampling_error=error)
            for place, top1 in enumerate(top1s)]  # fmt: skip
    found = cautions(summary(template, *rows), None)
    assert any(needle in caution.text for caution in found) if needle else not found


@pytest.mark.parametrize(("error", "is_said"), [(0.26, True), (0.24, False), (-0.3, True)])
def test_a_predictor_that_misses_by_a_quarter_is_not_to_be_used(
    error: float, is_said: bool, template: Summary
) -> None:
    document = load_predictor("iphone12_coreml").document
    rows = [each.model_copy(update={"left_out_error": error}) for each in document.rows]
    predictor = LatencyPredictor(document.model_copy(update={"rows": rows}))
    found = cautions(summary(template), predictor)
    warned = [each.text.startswith("Do not use the latencies of") for each in found]
    assert warned == [True] * is_said


def test_a_predictor_that_is_not_to_be_used_is_a_caution(template: Summary) -> None:
    document = load_predictor("iphone12_coreml").document
    warned = document.model_copy(update={"do_not_use": "it guesses"})
    (caution,) = cautions(summary(template), LatencyPredictor(warned))
    assert "it guesses" in caution.text


def test_a_rough_predictor_is_a_caution(template: Summary) -> None:
    predictor = load_predictor("iphone_xs_tflite")
    (caution,) = cautions(summary(template), predictor)
    assert "iphone_xs_tflite are rough: left-out MobileViTs are missed by 8.3%" in caution.text


def test_the_shipped_predictors_are_good_enough(template: Summary) -> None:
    for name in ("iphone12_coreml", "epyc_onnxruntime", "epyc_wasm", "galaxy_s10_tflite"):
        assert cautions(summary(template), load_predictor(name)) == []


@pytest.mark.parametrize(
    ("is_done", "best", "has_final", "needle"),
    [
        (False, 7, False, "search --study 'runs/a b'"),
        (True, None, False, "search --study 'runs/a b'"),
        (True, 7, False, "--finalists 5"),
        (True, 7, True, "export --study 'runs/a b' --trial 7"),
    ],
)
def test_the_next_step_follows_from_what_is_there(
    is_done: bool, best: int | None, has_final: bool, needle: str, config: StudyConfig
) -> None:
    _, command = next_step(
        config, Path("runs/a b"), is_done=is_done, best=best, has_final=has_final
    )
    assert needle in command
    assert ("--finalists" in command) == ("--finalists" in needle)


def test_what_detects_is_trained_in_full_next() -> None:
    _, detection = load_study("detection_iphone")
    _, command = next_step(detection, Path("runs/d"), is_done=True, best=7, has_final=False)
    assert command == "python -m nasbench_mvit train --study runs/d --trial 7 --data coco:FOLDER"
