"""Fronts by what they cost: what a search would hand over, and when it is as good as another."""

import math
from pathlib import Path

import pandas as pd
import pytest
from fronts.evaluation import cost_ratio, evaluated, front_at, networks_on_fronts, ratio_interval
from pages.time_to_front import read_searches, time_to_front_tables

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.batch.archive import Archive, Training
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult

XXS, XS, S = (published(f"mobilevit_{size}") for size in ("xxs", "xs", "s"))
NAN = float("nan")


def search(arm: str = "ours", seed: int = 0) -> pd.DataFrame:
    rows = [(XXS, 0.5, 4.0, True, 10.0), (XS, 0.6, 7.0, True, 20.0), (S, 0.7, 9.0, False, 30.0)]
    columns = ["spec", "top1", "latency_ms", "within_limits", "core_seconds"]
    table = pd.DataFrame([(spec.to_json(), *rest) for spec, *rest in rows], columns=columns)
    return table.assign(arm=arm, seed=seed, place=range(3), is_published=[True, False, False])


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


def test_what_any_front_holds_is_evaluated_once() -> None:
    both = pd.concat([search(seed=0), search(seed=1)])
    assert set(networks_on_fronts(both, (10.0, 30.0))) == {XXS.id, XS.id}


def test_a_front_is_worth_what_fresh_trainings_say() -> None:
    fresh = {XXS.id: 0.4, XS.id: 0.5}
    found = evaluated(search(), (10.0, 30.0), fresh, (0.2, 8.0))
    assert found.hypervolume.tolist() == pytest.approx([0.2 * 4.0, 0.2 * 4.0 + 0.1 * 1.0])
    assert found.networks.tolist() == [1, 2]


def courses(**hypervolumes: list[tuple[float, float]]) -> pd.DataFrame:
    rows = [
        {"arm": arm, "seed": seed, "core_seconds": 100.0 * place, "hypervolume": value}
        for arm, searches in hypervolumes.items()
        for seed, course in enumerate(searches)
        for place, value in enumerate(course, start=1)
    ]
    return pd.DataFrame(rows)


def test_the_ratio_is_of_the_cost_of_what_the_other_ends_with() -> None:
    found = courses(ours=[(2.0, 3.0)], theirs=[(0.5, 1.0)])
    assert cost_ratio(found, "ours", "theirs") == pytest.approx(0.5)  # at the first of two budgets
    assert cost_ratio(found, "theirs", "ours") == math.inf
    assert cost_ratio(found, "ours", "ours") == pytest.approx(1.0)


def test_the_interval_of_the_ratio_is_over_searches() -> None:
    alike = courses(ours=[(2.0, 3.0)] * 3, theirs=[(0.5, 1.0)] * 3)
    assert ratio_interval(alike, "ours", "theirs", draws=50) == pytest.approx((0.5, 0.5))
    unlike = courses(ours=[(0.0, 3.0), (0.0, 3.0), (4.0, 5.0)], theirs=[(0.5, 1.0)] * 3)
    assert cost_ratio(unlike, "ours", "theirs") == pytest.approx(0.5)
    assert ratio_interval(unlike, "ours", "theirs", draws=200) == pytest.approx((0.5, 1.0))


def write_searches(folder: Path, searches: dict[str, pd.DataFrame]) -> None:
    (folder / "searches").mkdir()
    for name, rows in searches.items():
        table = rows.drop(columns="core_seconds").assign(trainings=[1.0, 2.0, 1.0])
        table.to_csv(folder / f"searches/{name}.csv", index=False)


def write_seconds(folder: Path, by_maker: dict[bool, tuple[float, ...]]) -> None:
    rows = [
        (spec.id, is_timm, seconds)
        for is_timm, each in by_maker.items()
        for spec, seconds in zip((XXS, XS, S), each, strict=False)
    ]
    table = pd.DataFrame(rows, columns=["spec_id", "is_timm", "seconds"])
    table.to_csv(folder / "core_seconds.csv", index=False)


def test_a_network_costs_its_trainings_as_they_were_timed(tmp_path: Path) -> None:
    write_searches(tmp_path, {"ours-0": search(), "users_way-0": search("users_way")})
    write_seconds(tmp_path, {False: (10.0, 600.0, 1.0), True: (5.0, 700.0, 1.0)})
    found = read_searches(tmp_path).set_index(["arm", "place"]).core_seconds
    assert found["ours"].tolist() == [10.0, 1200.0, 1.0]
    assert found["users_way"].tolist() == [5.0, 1400.0, 1.0]


def test_searches_that_end_early_and_networks_without_a_time_are_refused(tmp_path: Path) -> None:
    write_searches(tmp_path, {"ours-0": search()})
    write_seconds(tmp_path, {False: (10.0, 20.0, 30.0)})
    with pytest.raises(ValueError, match="ours 0 ended after 80 core-seconds"):
        read_searches(tmp_path)
    write_seconds(tmp_path, {False: (10.0, 600.0)})
    with pytest.raises(ValueError, match="1 networks were not timed"):
        read_searches(tmp_path)


def test_the_page_has_a_row_for_each_way_and_the_share_of_the_users(tmp_path: Path) -> None:
    ours, theirs = search(), search("users_way")
    write_searches(tmp_path, {"ours-0": ours, "users_way-0": theirs.assign(is_published=False)})
    write_seconds(tmp_path, {False: (10.0, 10.0, 1300.0), True: (10.0, 550.0, 1300.0)})
    archive = Archive(tmp_path / "trainings.parquet")
    for spec, top1 in ((XXS, 0.55), (XS, 0.6)):
        point = FractionReport(
            fraction=1.0, step=8, top1=top1, num_images=9, train_loss=1.0, seconds=1.0,
            cpu_seconds=1.0,
        )  # fmt: skip
        result = TrainingResult(curve=(point,), device="cpu", precision="float32")
        archive.add(Training("fresh", ProxyConfig(), spec.id, spec, "i", 1000), result)
    archive.compact()
    text = time_to_front_tables(tmp_path)
    assert "| ours | 0.524 |" in text
    # Both networks after 30 core-seconds, and so at the first of twenty budgets.
    (share,) = (line for line in text.splitlines() if line.startswith("| `ours` | "))
    assert [cell.strip() for cell in share.split("|")[2:4]] == ["5%", "5%"]
    assert "| `published` | not reached | not reached |" in text
