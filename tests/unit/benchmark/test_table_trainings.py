"""Which trainings a table consists of, and that only a whole table is written."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from table_making import make_table, results, table_study

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.benchmark.assemble import networks_frame, write_table
from nasbench_mvit.benchmark.data_sheet import data_sheet
from nasbench_mvit.benchmark.table_trainings import (
    NUM_REPEATED,
    plan,
    repeated_networks,
    table_networks,
)
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import TableError
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.training.proxy.recipe import ProxyConfig

SPACE = SearchSpace.load("mobilevit_table")


def test_all_networks_once_the_published_first() -> None:
    networks = table_networks(SPACE)
    assert {spec.id for spec in networks[:3]} == {published(name).id for name in BASELINES}
    assert {spec.id for spec in networks} == {spec.id for spec in SPACE.enumerate()}
    assert len(networks) == SPACE.size


def test_the_published_belong_to_every_table() -> None:
    debug = SearchSpace.load("mobilevit_debug")
    members = {spec.id for spec in debug.enumerate()}
    found = {spec.id for spec in table_networks(debug)}
    assert found == members | {published(name).id for name in BASELINES}
    assert len(found) > len(members)


def test_any_beginning_is_a_fair_sample() -> None:
    macs = np.array([count_costs(spec).macs for spec in table_networks(SPACE)])
    half = len(macs) // 2
    assert np.median(macs[:half]) == pytest.approx(np.median(macs), rel=0.15)


def test_sixty_spread_over_all_and_the_published_are_repeated() -> None:
    networks = table_networks(SPACE)
    repeated = repeated_networks(networks)
    assert NUM_REPEATED <= len(repeated) <= NUM_REPEATED + len(BASELINES)
    assert {published(name).id for name in BASELINES} <= {spec.id for spec in repeated}
    macs, chosen = (sorted(count_costs(s).macs for s in specs) for specs in (networks, repeated))
    assert (chosen[0], chosen[-1]) == (macs[0], macs[-1])
    assert np.median(chosen) == pytest.approx(np.median(macs), rel=0.1)


def test_all_of_few_are_repeated() -> None:
    networks = table_networks(SearchSpace.load("mobilevit_debug"))
    assert repeated_networks(networks) == networks


def test_the_first_seed_of_all_comes_before_the_others() -> None:
    networks = table_networks(SPACE)
    trainings = plan(networks, ProxyConfig(), "images", range(5, 8))
    assert [training.seed for training in trainings[: SPACE.size]] == [5] * SPACE.size
    assert len(trainings) == SPACE.size + 2 * len(repeated_networks(networks))
    assert len({training.key for training in trainings}) == len(trainings)


def test_of_the_others_the_published_come_first() -> None:
    trainings = plan(table_networks(SPACE), ProxyConfig(), "images", range(3))
    again = trainings[SPACE.size :]
    known = {published(name).id for name in BASELINES}
    assert {training.spec.id for training in again[:6]} == known
    assert [training.seed for training in again[6:]] == sorted(t.seed for t in again[6:])


def test_a_space_too_large_for_a_table_is_refused() -> None:
    with pytest.raises(TableError, match=r"more than 10,000\. Choose a space like mobilevit_table"):
        table_networks(SearchSpace.load("mobilevit"))


def test_a_table_that_lacks_networks_is_not_written(tmp_path: Path) -> None:
    config = table_study("mobilevit_debug")
    some = dict(list(results(config).items())[:5])
    with pytest.raises(TableError, match="9 of 14 networks for mobilevit_debug are not trained"):
        write_table(tmp_path / "table", config, SearchSpace.load(config.space), some, [])
    assert not (tmp_path / "table").exists()


@pytest.mark.parametrize(
    ("choices", "column"),
    [
        ("[none, input, local]", {"none", "input", "local"}),
        ("[none, local]", {"none", "local"}),
        ("[true, false]", {True, False}),
    ],
)
def test_a_file_of_networks_has_one_type_a_column(
    tmp_path: Path, choices: str, column: set[object]
) -> None:
    path = tmp_path / "fusions.yaml"
    path.write_text(
        "{schema_version: 1, description: fusions, base: mobilevit_xxs, "
        f"axes: {{stage5.fusion: {choices}}}}}"
    )
    space = SearchSpace.load(path)
    networks_frame(space, list(space.enumerate())).to_parquet(tmp_path / "networks.parquet")
    found = pd.read_parquet(tmp_path / "networks.parquet")
    assert set(found["stage5.fusion"].tolist()) == column


def test_the_sheet_counts_what_is_there(tmp_path: Path) -> None:
    config = table_study()
    make_table(tmp_path, config)
    trainings = results(config)
    benchmark = Benchmark.load(str(tmp_path))
    text = data_sheet(benchmark)
    assert f"| trainings | {len(trainings)}; " in text
    assert "| 1 | 1.00 [1.00, 1.00] (216) |" in text  # the end with itself
    assert "`stage5.attention`" in text
