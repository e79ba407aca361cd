"""A proxy held to ImageNet, on scores with known answers."""

import math

import numpy as np
import pandas as pd
import pytest

from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.calibration.terms import MACS, SCORE, SCORE_AND_MACS
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.proxy.truth import (
    CURVE,
    PARAMS,
    Truth,
    compare_with_imagenet,
    transfer_errors,
    truth_networks,
    truth_report,
)

NAMES = tuple(truth_networks(64))


def scores(values: dict[str, list[float]]) -> pd.DataFrame:
    rows = [(name, seed, top1) for name, all_ in values.items() for seed, top1 in enumerate(all_)]
    return pd.DataFrame(rows, columns=["network", "seed", "top1"])


def truth(values: dict[str, list[float]]) -> Truth:
    found = compare_with_imagenet(scores(values))
    assert found is not None
    return found


def errors(found: Truth) -> dict[str, tuple[float, float]]:
    return {fit.terms: (fit.left_out, fit.family_out) for fit in found.fits}


def test_patch_variants_need_a_canvas_of_128_px() -> None:
    assert set(PUBLISHED) - set(NAMES) == {
        "mobilevit_s_patch_3_3_3",
        "mobilevit_s_patch_4_4_4",
        "mobilevit_s_patch_8_4_2",
        "mobilevit_xs_patch_8_4_2",
    }
    assert tuple(truth_networks(128)) == PUBLISHED


def test_a_score_on_a_line_with_imagenet_predicts_what_it_has_not_seen() -> None:
    line = {name: [0.2 + 0.006 * FIGURES[name].top1] for name in NAMES}
    found = truth(line)
    assert found.rho.rho == pytest.approx(1)
    assert found.tau.rho == pytest.approx(1)
    assert errors(found)[SCORE] == pytest.approx((0, 0), abs=1e-9)
    assert errors(found)[SCORE_AND_MACS] == pytest.approx((0, 0), abs=1e-8)
    assert math.isnan(found.noise)


def test_a_score_off_the_line_by_the_costs_needs_them() -> None:
    def score(name: str) -> float:
        return (FIGURES[name].top1 - 2 * math.log(count_costs(published(name)).macs)) / 100

    found = truth({name: [score(name)] for name in NAMES})
    assert errors(found)[SCORE_AND_MACS][0] == pytest.approx(0, abs=1e-6)
    assert errors(found)[SCORE][0] > 0.5


def test_what_costs_nothing_stands_beside_it_whatever_the_scores() -> None:
    rng = np.random.default_rng(0)
    found = truth({name: [rng.random()] for name in NAMES})
    other = truth({name: [rng.random()] for name in NAMES})
    for terms in (MACS, PARAMS, CURVE):
        assert errors(found)[terms] == pytest.approx(errors(other)[terms], nan_ok=True)
    assert errors(found)[CURVE][0] == pytest.approx(1.0, abs=0.6)
    assert found.rho_macs.rho == pytest.approx(0.9, abs=0.1)


def test_the_noise_is_pooled_over_networks_with_two_seeds() -> None:
    values = {name: [0.5, 0.5] for name in NAMES}
    values[NAMES[0]] = [0.50, 0.54]  # variance 8 points², one degree of freedom of the 20
    found = truth(values | {NAMES[1]: [0.5]})
    assert found.noise == pytest.approx(math.sqrt(8 / (len(NAMES) - 1)))


def test_the_network_that_is_missed_most_is_named() -> None:
    values = {name: [0.006 * FIGURES[name].top1] for name in NAMES}
    values["mobilevit_s_no_fusion"] = [0.2]
    fit = truth(values).fits[0]
    assert (fit.terms, fit.worst) == (SCORE, "MobileViT-S without fusion")


def test_the_curve_is_judged_without_the_first_family_too() -> None:
    names = [name for name in NAMES if FIGURES[name].family != "v1"]
    fits = errors(truth({name: [0.5 + i / 100] for i, name in enumerate(names)}))
    assert 0 < fits[CURVE][0] < 1


def test_fits_to_some_networks_are_held_against_the_others() -> None:
    line = {name: [0.006 * FIGURES[name].top1] for name in NAMES}
    line["mobilevit_xs"] = [0.006 * (FIGURES["mobilevit_xs"].top1 + 3)]
    found = transfer_errors(scores(line), [name for name in NAMES if name != "mobilevit_xs"])
    assert found[SCORE] == pytest.approx(3)


def test_patch_variants_are_differences_and_no_part_of_the_ranks() -> None:
    pair = {"mobilevit_s": [0.60, 0.62], "mobilevit_s_patch_8_4_2": [0.59, 0.60]}
    found = truth({name: [0.006 * FIGURES[name].top1] * 2 for name in NAMES} | pair)
    assert len(found.table) == len(NAMES)
    (row,) = found.patches.to_dict("records")
    assert row["imagenet"] == pytest.approx(77.3 - 78.4)
    assert row["proxy"] == pytest.approx(-1.5)
    assert row["high"] - row["low"] == pytest.approx(12.706, rel=1e-3)  # 2 · t · 0.5
    text = "MobileViT-S, patches 8, 4, 2 against MobileViT-S | -1.1 | -1.5 | [-7.9, +4.9] | 2 |"
    assert text in truth_report(found)


def test_few_networks_are_no_verdict() -> None:
    assert compare_with_imagenet(scores({name: [0.5] for name in NAMES[:4]})) is None


def test_the_report_has_every_network_and_fit() -> None:
    text = truth_report(truth({name: [0.006 * FIGURES[name].top1] for name in NAMES}))
    for name in NAMES:
        assert f"| {FIGURES[name].title} |" in text
    for terms in (SCORE, SCORE_AND_MACS, MACS, PARAMS, CURVE):
        assert f"| {terms} |" in text
    assert "1.00" in text
