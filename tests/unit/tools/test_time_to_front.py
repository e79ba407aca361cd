"""Fronts by what they cost: what a search would hand over, and when it is as good as another."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fronts import arms
from fronts.evaluation import (
    AFTER_PUBLISHED,
    PUBLISHED,
    USERS_WAY,
    FreshScores,
    after_published,
    cost_ratio,
    drawn_courses,
    front_at,
    fronts_of,
    interval,
)
from pages.time_to_front import read_searches, rows_of, time_to_front_tables

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.trials.record import Role

XXS, XS, S = (published(f"mobilevit_{size}") for size in ("xxs", "xs", "s"))
NAN = float("nan")


def search(arm: str = "ours", seed: int = 0) -> pd.DataFrame:
    rows = [(XXS, 0.5, 4.0, True, 10.0), (XS, 0.6, 7.0, True, 20.0), (S, 0.7, 9.0, False, 30.0)]
    columns = ["spec", "top1", "latency_ms", "within_limits", "core_seconds"]
    table = pd.DataFrame([(spec.to_json(), *rest) for spec, *rest in rows], columns=columns)
    return table.assign(
        arm=arm, seed=seed, place=range(3), is_published=[True, False, False],
        spec_id=[XXS.id, XS.id, S.id], is_timm=arm == USERS_WAY,
    )  # fmt: skip


@pytest.mark.parametrize(("spent", "count"), [(9.0, 0), (10.0, 1), (30.0, 2), (99.0, 2)])
def test_a_search_hands_over_what_it_has_paid_for_and_what_keeps_the_limits(
    spent: float, count: int
) -> None:
    assert len(front_at(search(), spent)) == count


def test_a_training_that_ended_early_costs_and_is_on_no_front() -> None:
    stopped = search()
    stopped.loc[0, "top1"] = NAN
    assert front_at(stopped, 10.0).empty
    assert front_at(stopped, 30.0).latency_ms.tolist() == [7.0]


def test_of_a_network_trained_again_the_later_mean_counts() -> None:
    again = search()
    row = again.iloc[[0]].assign(top1=0.55, place=3, core_seconds=40.0)
    again = pd.concat([again, row])
    assert front_at(again, 60.0).top1.tolist() == [0.5, 0.6]
    assert front_at(again, 100.0).top1.tolist() == [0.55, 0.6]


def test_a_front_gives_at_each_latency_what_the_network_it_names_gives() -> None:
    fronts = fronts_of(search(), (10.0, 30.0), 8.0)
    places = fronts.networks.spec_id.tolist()
    fresh = {XXS.id: 0.4, XS.id: 0.5}
    above = np.array([fresh[name] - 0.2 for name in places])
    values = fronts.values(above)
    assert values.tolist() == [pytest.approx([0.2 * 4.0, 0.2 * 3.0 + 0.3 * 1.0])]
    # A network named for its luck takes from the front what it really gives, and may lower it.
    fresh[XS.id] = 0.1
    above = np.array([fresh[name] - 0.2 for name in places])
    assert fronts.values(above)[0, 1] == pytest.approx(0.2 * 3.0 - 0.1 * 1.0)


def test_what_is_slower_than_counts_gives_nothing() -> None:
    fronts = fronts_of(search(), (30.0,), 6.0)
    by_name = dict(zip(fronts.networks.spec_id, fronts.widths[0, 0], strict=True))
    assert by_name == {XXS.id: pytest.approx(2.0), XS.id: 0.0}


def fresh_rows(*rows: tuple[str, bool, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["spec_id", "is_timm", "top1"])


def test_fresh_scores_have_errors_by_the_spread_between_seeds() -> None:
    networks = fronts_of(search(), (30.0,), 8.0).networks
    rows = fresh_rows((XXS.id, False, 0.50), (XXS.id, False, 0.52), (XS.id, False, 0.6))
    fresh = FreshScores.of(networks, rows, 0.4)
    assert fresh.means.tolist() == pytest.approx([0.11, 0.2])
    sd = 0.02 / math.sqrt(2)
    assert fresh.errors.tolist() == pytest.approx([sd / math.sqrt(2), sd])
    with pytest.raises(ValueError, match="1 networks on fronts have no fresh training"):
        FreshScores.of(networks, rows[rows.spec_id == XXS.id], 0.4)


def test_timm_s_networks_are_trained_and_scored_as_timm_s() -> None:
    networks = fronts_of(search(USERS_WAY), (30.0,), 8.0).networks
    rows = fresh_rows((XXS.id, False, 0.9), (XXS.id, True, 0.5), (XS.id, True, 0.6))
    rows = pd.concat([rows, rows])
    assert FreshScores.of(networks, rows, 0.4).means.tolist() == pytest.approx([0.1, 0.2])


BUDGETS = (1.0, 2.0, 3.0, 4.0)


@pytest.mark.parametrize(
    ("ours", "theirs", "ratio"),
    [
        ((1, 1, 3, 3), (0, 1, 1, 2), 3 / 4),
        ((2, 2, 2, 2), (0, 1, 1, 2), 1 / 4),
        ((3, 1, 3, 3), (0, 1, 1, 2), 3 / 4),  # that it was there once does not count
        ((0, 3, 3, 3), (0, 2, 2, 2), 2 / 2),  # theirs was there with the second
        ((1, 1, 1, 1), (0, 1, 1, 2), math.inf),
    ],
)
def test_the_ratio_is_of_the_cost_of_what_the_other_ends_with(
    ours: tuple[float, ...], theirs: tuple[float, ...], ratio: float
) -> None:
    assert cost_ratio(np.array(ours), np.array(theirs), BUDGETS) == pytest.approx(ratio)


def test_draws_resample_searches_and_add_the_noise_of_fresh_scores() -> None:
    better = search(seed=1)
    better["core_seconds"] = 5.0
    rows = pd.concat([search(), better])
    fronts = fronts_of(rows, (10.0, 30.0), 8.0)
    scores = pd.concat([fresh_rows((XXS.id, False, 0.5), (XS.id, False, 0.6))] * 2)
    exact = FreshScores.of(fronts.networks, scores, 0.4)
    course = drawn_courses(fronts, exact, 200)["ours"]
    first, second = fronts.values(exact.means)
    assert course[:, 0] == pytest.approx((first + second) / 2)
    at_10 = {round(value, 6) for value in course[0, 1:]}
    assert at_10 == {round(value, 6) for value in (first[0], second[0], (first[0] + second[0]) / 2)}
    noisy = FreshScores(means=exact.means, errors=np.full(2, 0.01))
    spread = drawn_courses(fronts, noisy, 2_000)["ours"][1, 1:].std()
    assert spread == pytest.approx(0.01 * math.hypot(3.0, 1.0), rel=0.1)


def test_an_interval_may_reach_what_is_never_reached() -> None:
    assert interval(np.array([0.2, 0.3, math.inf]), 0.9) == (0.2, math.inf)


def test_the_users_way_after_the_published_networks_pays_for_them_first() -> None:
    alone = search().iloc[[0]].assign(arm=PUBLISHED)
    both = after_published(pd.concat([alone, search(USERS_WAY)]))
    assert set(both.arm) == {AFTER_PUBLISHED}
    assert both.core_seconds.tolist() == [10.0, 10.0, 20.0, 30.0]
    assert both.place.tolist() == [0, 1, 2, 3]


def trial(number: int, spec: Any, tops: list[float], **fields: object) -> SimpleNamespace:
    """Return what is read of a trial, with a score for each seed."""
    evaluations = [SimpleNamespace(result=SimpleNamespace(top1=top1)) for top1 in tops]
    record = {
        "role": Role.SEARCH, "macs": number, "failure": None, "judged": None,
        "duplicate_of": None, "latency": SimpleNamespace(high=1.0 + number),
    } | fields  # fmt: skip
    return SimpleNamespace(
        number=number,
        record=SimpleNamespace(**record, evaluations=evaluations, network=lambda: spec),
    )


def stopped(fraction: float) -> SimpleNamespace:
    return SimpleNamespace(is_stopped=True, curve=[SimpleNamespace(fraction=fraction)])


def rows_from(*trials: SimpleNamespace) -> list[tuple[object, ...]]:
    summary = SimpleNamespace(
        rows=[SimpleNamespace(trial=each.number, within_limits=True) for each in trials]
    )
    columns = ("spec", "is_published", "top1", "trainings")
    rows = arms._rows(summary, trials)  # type: ignore[arg-type]
    return [tuple(row[name] for name in columns) for row in rows]


def test_published_networks_come_first_with_a_seed_each_and_then_with_the_others() -> None:
    of = {"role": Role.BASELINE}
    found = rows_from(
        trial(0, S, [0.7], macs=9, **of),
        trial(1, XXS, [0.4, 0.6], macs=1, **of),
        trial(3, S, [], duplicate_of=0),
        trial(2, XS, [], judged=stopped(0.375)),
    )
    xxs, xs, s = (spec.to_json() for spec in (XXS, XS, S))
    assert found[:3] == [(xxs, True, 0.4, 1), (s, True, 0.7, 1), (xxs, True, 0.5, 1)]
    ((spec, is_published, top1, trainings),) = found[3:]
    assert (spec, is_published, trainings) == (xs, False, 0.375)
    assert isinstance(top1, float)
    assert math.isnan(top1)


def test_a_training_that_failed_is_refused() -> None:
    with pytest.raises(ValueError, match="trial 4 failed: it diverged"):
        rows_from(trial(4, XS, [], failure="it diverged"))


def write_searches(folder: Path, searches: dict[str, pd.DataFrame]) -> None:
    (folder / "searches").mkdir()
    dropped = ["core_seconds", "spec_id", "is_timm"]
    for name, rows in searches.items():
        table = rows.drop(columns=dropped).assign(trainings=[1.0, 2.0, 0.375])
        table.to_csv(folder / f"searches/{name}.csv", index=False)


def write_seconds(folder: Path, by_maker: dict[bool, tuple[float, ...]]) -> None:
    rows = [
        (spec.id, is_timm, seconds, 7.0)
        for is_timm, each in by_maker.items()
        for spec, seconds in zip((XXS, XS, S), each, strict=False)
    ]
    table = pd.DataFrame(rows, columns=["spec_id", "is_timm", "whole", "part"])
    table.to_csv(folder / "core_seconds.csv", index=False)


def test_a_network_costs_its_trainings_as_they_were_timed(tmp_path: Path) -> None:
    write_searches(tmp_path, {"ours-0": search(), "users_way-0": search(USERS_WAY)})
    write_seconds(tmp_path, {False: (10.0, 600.0, 99.0), True: (5.0, 700.0, 99.0)})
    found = read_searches(tmp_path).set_index(["arm", "place"]).core_seconds
    assert found["ours"].tolist() == [10.0, 1200.0, 3 * 7.0]  # three of eight parts
    assert found[USERS_WAY].tolist() == [5.0, 1400.0, 3 * 7.0]
    assert found[PUBLISHED].tolist() == [10.0]
    assert rows_of(tmp_path).is_timm.tolist() == [False] * 3 + [True] * 3


def test_searches_that_end_early_and_networks_without_a_time_are_refused(tmp_path: Path) -> None:
    write_searches(tmp_path, {"ours-0": search()})
    write_seconds(tmp_path, {False: (10.0, 20.0, 30.0)})
    with pytest.raises(ValueError, match="ours 0 ended after 71 core-seconds"):
        read_searches(tmp_path)
    write_seconds(tmp_path, {False: (10.0, 600.0)})
    with pytest.raises(ValueError, match="1 networks were not timed"):
        read_searches(tmp_path)


def test_the_page_has_a_row_for_each_way_and_its_share_of_both_rivals(tmp_path: Path) -> None:
    theirs = search(USERS_WAY).assign(is_published=False)
    ways = {"ours-0": search(), "random-0": search("random"), "users_way-0": theirs}
    write_searches(tmp_path, ways)
    write_seconds(tmp_path, {False: (10.0, 595.0, 1.0), True: (30.0, 585.0, 1.0)})
    rows = [
        (spec.id, is_timm, seed, top1)
        for is_timm in (False, True)
        for spec, top1 in ((XXS, 0.56), (XS, 0.61))
        for seed in (1000, 1001)
    ]
    fresh = pd.DataFrame(rows, columns=["spec_id", "is_timm", "seed", "top1"])
    fresh.to_csv(tmp_path / "fresh.csv", index=False)
    text = time_to_front_tables(tmp_path)
    # XXS from 4 to 7 ms, XS from there to 8.8, above 45.95 %; XS is there in the 20th minute.
    assert f"| {0.1005 * 4.8:.3f} [" in text
    last = 0.1005 * 3.0 + 0.1505 * 1.8
    (ours,) = (line for line in text.splitlines() if line.startswith("| `ours` | 1 |"))
    assert f"| {last:.3f} [{last:.3f}, {last:.3f}] |" in ours
    (share,) = (line for line in text.splitlines() if line.startswith("| `ours` | 100% ["))
    never = "not reached [not reached, not reached]"
    assert share.count("100% [100%, 100%]") == 3
    (alone,) = (line for line in text.splitlines() if line.startswith(f"| `published` | {never} |"))
    assert alone.endswith(f"| {never} |")  # of random, which trains what ours does here
    (own,) = (line for line in text.splitlines() if line.startswith("| `users_way` |  |"))
    assert "not reached" not in own
