"""The surrogate that ships; that its files are whole is checked as it is loaded."""

import functools

import pytest

from nasbench_mvit import Benchmark, SearchSpace, Surrogate
from nasbench_mvit.analysis.conformal import margin
from nasbench_mvit.surrogate.held_out import (
    BASELINES,
    SURROGATE,
    HeldOut,
    coverage,
    hold_out,
    kendall,
    r2,
)
from nasbench_mvit.surrogate.trainings import CHOSEN, chosen

TABLE, DRAWN = "mobilevit_table", "mobilevit_family"


@functools.cache
def shipped() -> Surrogate:
    return Surrogate.load()


@functools.cache
def covered() -> dict[str, float]:
    return coverage(shipped().trained, held())


@functools.cache
def held() -> dict[str, HeldOut]:
    return hold_out(shipped().trained)


def test_it_is_of_the_same_trainings_as_the_table() -> None:
    about, table = shipped().about, Benchmark.load().about
    assert about.proxy == table.proxy
    assert (about.proxy_id, about.images, about.data) == (table.proxy_id, table.images, table.data)
    assert (about.device, about.precision) == (table.device, table.precision)


def test_it_holds_the_networks_of_its_spaces() -> None:
    about, trained = shipped().about, shipped().trained
    assert about.space == DRAWN
    assert set(about.groups) == {TABLE, DRAWN, chosen(DRAWN)}
    for name, group in about.groups.items():
        space = SearchSpace.load(name.removesuffix(CHOSEN))
        own = [spec for spec, one in zip(trained.specs, trained.groups, strict=True) if one == name]
        assert group.space_digest == space.digest
        assert group.networks == len(own)
        assert all(space.contains(spec) for spec in own)
    table = {spec.id for spec in Benchmark.load().specs()}
    assert {s.id for s, g in zip(trained.specs, trained.groups, strict=True) if g == TABLE} == table


def test_its_description_has_the_errors_of_networks_held_out() -> None:
    for name, group in shipped().about.groups.items():
        found = held()[name]
        assert group.r2 == pytest.approx(r2(found.truth, found.expected[SURROGATE]), abs=0.01)
        assert group.tau == pytest.approx(kendall(found.truth, found.expected[SURROGATE]), abs=0.01)
        assert group.margin == pytest.approx(margin(found.errors()), abs=0.002)


def test_it_ranks_the_table_better_than_costs_do() -> None:
    found = held()[TABLE]
    costs = [kendall(found.truth, found.expected[name]) for name in BASELINES]
    assert kendall(found.truth, found.expected[SURROGATE]) > max(costs) + 0.3


@pytest.mark.parametrize("name", [TABLE, DRAWN])
def test_its_intervals_cover_nine_of_ten(name: str) -> None:
    slack = 3 * (0.9 * 0.1 / len(held()[name].truth)) ** 0.5  # of a share, and of its margin
    assert covered()[name] >= 0.9 - slack
