"""How well networks held out are predicted, beside costs alone and beside what noise allows."""

import dataclasses

import numpy as np
import pytest
from surrogate_making import arithmetic, trained_of, use_few_trees

from nasbench_mvit.surrogate.features import features
from nasbench_mvit.surrogate.held_out import (
    SURROGATE,
    HeldOut,
    ceilings,
    coverage,
    hold_out,
    kendall,
    left_out,
    r2,
    scored,
    unseen_estimates,
)
from nasbench_mvit.surrogate.model import BoostedTrees

NOISE = 0.03


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_trees(monkeypatch)


def held_out(spread: float, noise: float, count: int = 400) -> HeldOut:
    """Networks whose estimates are their true top-1, trained once each."""
    rng = np.random.default_rng(0)
    known_N = 0.5 + rng.normal(0, spread, count)
    truth_N = known_N + rng.normal(0, noise, count)
    repeats = known_N[:, None] + rng.normal(0, noise, (count, 2))
    return HeldOut(
        truth=truth_N,
        expected={SURROGATE: known_N},
        repeats=tuple(map(tuple, repeats.tolist())),
    )


def test_r2_is_the_share_of_the_variance() -> None:
    truth_N = np.array([0.1, 0.2, 0.6])
    assert r2(truth_N, truth_N) == 1
    assert r2(truth_N, np.full(3, truth_N.mean())) == pytest.approx(0)
    assert r2(truth_N, 2 * truth_N.mean() - truth_N) == pytest.approx(1 - 2**2)


def test_kendall_counts_pairs() -> None:
    assert kendall(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])) == pytest.approx((2 - 1) / 3)


@pytest.mark.parametrize("spread", [0.03, 0.12])
def test_a_model_that_knows_the_truth_reaches_the_ceiling(spread: float) -> None:
    held = held_out(spread, NOISE)
    highest = ceilings(held)
    assert highest["R²"] == pytest.approx(spread**2 / (spread**2 + NOISE**2), abs=0.05)
    for metric, ceiling in highest.items():
        assert scored(metric, held, SURROGATE).value == pytest.approx(ceiling, abs=0.05)


def test_without_noise_the_ceiling_is_perfection() -> None:
    assert ceilings(held_out(0.1, 0.0)) == pytest.approx({"R²": 1, "Kendall τ": 1})


@pytest.mark.parametrize("repeats", [(), ((0.1, 0.9), (0.9, 0.1), (0.5, 0.9))])
def test_where_noise_is_unknown_or_all_there_is_nobody_knows_the_ceiling(
    repeats: tuple[tuple[float, ...], ...],
) -> None:
    held = dataclasses.replace(held_out(0.01, 0.01), repeats=repeats)
    assert all(np.isnan(value) for value in ceilings(held).values())


def test_noise_among_the_weak_alone_leaves_the_order_of_the_good() -> None:
    even, weak = held_out(0.1, NOISE), held_out(0.1, 0.0)
    levels = np.linspace(weak.truth.min(), weak.truth.max(), 60)
    gap = 2 * NOISE  # on a quarter of the networks: the same variance over all
    noisy = tuple((one - gap, one + gap) if place < 15 else (one, one)
                  for place, one in enumerate(levels.tolist()))  # fmt: skip
    assert dataclasses.replace(weak, repeats=noisy).noise == pytest.approx(
        (0.25 * 2 * gap**2) ** 0.5
    )
    found = ceilings(dataclasses.replace(weak, repeats=noisy))
    assert found["Kendall τ"] > ceilings(even)["Kendall τ"]


def test_the_interval_holds_the_value() -> None:
    score = scored("R²", held_out(0.1, NOISE), SURROGATE)
    assert score.low < score.value < score.high


def test_intervals_cover_nine_of_ten_networks_of_the_other_half() -> None:
    trained = trained_of(arithmetic(200))
    assert coverage(trained, hold_out(trained))["drawn"] == pytest.approx(0.9, abs=0.07)


def test_networks_that_a_search_has_chosen_are_left_out_all_at_once() -> None:
    """They are alike: one tells of the others what the next search's will not be told."""
    rows = arithmetic(120)
    of_search = rows.index % 4 == 0
    rows.loc[of_search, "group"] = "drawn, chosen"
    rows.loc[of_search, "top1"] += 0.3  # which nothing predicts
    trained = trained_of(rows)
    held = hold_out(trained)
    assert held["drawn, chosen"].errors().mean() > 0.25
    assert abs(held["drawn"].errors().mean()) < 0.25
    assert coverage(trained, held)["drawn, chosen"] < 0.5


def test_a_network_is_never_predicted_from_itself() -> None:
    """Top-1 drawn by lot cannot be predicted by any honest model, but by one that has seen it."""
    trained = trained_of(arithmetic(60, lot=True))
    for held in hold_out(trained).values():
        assert r2(held.truth, held.expected[SURROGATE]) < 0.2


def test_what_follows_from_the_fields_is_predicted_and_costs_alone_do_not_tell_it() -> None:
    trained = trained_of(arithmetic(150))
    (held,) = hold_out(trained).values()
    alone = [r2(held.truth, held.expected[name]) for name in ("params alone", "MACs alone")]
    assert r2(held.truth, held.expected[SURROGATE]) > 0.8
    assert max(alone) < 0.5


def test_groups_are_scored_apart_and_their_noise_is_their_own() -> None:
    rows = arithmetic(40)
    rows.loc[rows.index % 2 == 0, "group"] = "others"
    again = rows[rows.group == "others"].assign(seed=1, top1=lambda table: table.top1 + NOISE)
    found = hold_out(trained_of(rows, again))
    assert {name: len(held.repeats) for name, held in found.items()} == {"drawn": 0, "others": 20}
    assert found["others"].noise == pytest.approx(NOISE / 2**0.5)
    assert np.isnan(found["drawn"].noise)
    assert len(found["drawn"].truth) == len(found["others"].truth) == 20


def test_known_networks_are_estimated_by_models_without_them() -> None:
    trained, more = trained_of(arithmetic(40, lot=True)), trained_of(arithmetic(44, lot=True))
    estimates_N = unseen_estimates(trained, more.specs)
    known = [spec.id for spec in trained.specs]
    places = [known.index(spec.id) for spec in more.specs[:40]]
    assert estimates_N[:40].tolist() == left_out(trained, features(trained.specs))[places].tolist()
    model = BoostedTrees.fit(features(trained.specs), trained.mean_top1)
    assert estimates_N[40:].tolist() == model.predict(features(more.specs[40:])).tolist()
