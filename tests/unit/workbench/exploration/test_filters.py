from pathlib import Path

import pandas as pd
import pytest
from synthetic import synthetic_run

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.workbench.exploration.filters import (
    Between,
    OneOf,
    eligible,
    filterable,
    filtered,
    varying_fields,
)
from nasbench_mvit.workbench.studies.open import open_study


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    run: Path = synthetic_run(tmp_path_factory.mktemp("run"), 60)
    return open_study(run / STORE_FILE).timed_trials


def test_a_range_is_in_the_unit_that_is_shown(table: pd.DataFrame) -> None:
    kept = filtered(table, [Between("top1", 30.0, 40.0)], FrontRule.POINT)
    assert len(kept)
    assert kept.top1.between(0.30, 0.40).all()
    assert len(kept) == int(table.top1.between(0.30, 0.40).sum())


def test_kinds_are_chosen_as_text_and_an_absent_field_is_one(table: pd.DataFrame) -> None:
    without = filtered(table, [OneOf("stage3.fusion_kernel", ("–",))], FrontRule.POINT)
    assert len(without)
    searched = without[without.role == "search"]
    assert len(searched)
    assert (searched["stage3.fusion"] == False).all()  # noqa: E712
    assert set(
        filtered(table, [OneOf("stage3.dim", ("96", "144"))], FrontRule.POINT)["stage3.dim"]
    ) == {96, 144}


def test_the_front_is_that_of_what_is_left(table: pd.DataFrame) -> None:
    kept = filtered(table, [OneOf("stage3.residual", ("False",))], FrontRule.POINT)
    front = kept[kept.on_front]
    candidates = kept[eligible(kept)]
    for network in front.itertuples():
        better = candidates[
            (candidates.top1 > network.top1) & (candidates.latency_ms <= network.latency_ms)
        ]
        assert better.empty
    assert len(front)


def test_without_filters_the_table_stays_as_it_is(table: pd.DataFrame) -> None:
    assert filtered(table, [], FrontRule.POINT) is table


def test_only_what_varies_can_be_filtered(table: pd.DataFrame) -> None:
    fields = varying_fields(table)
    assert "stage3.patch" in fields
    assert "variant" not in fields
    assert set(fields) < set(filterable(table))
    assert varying_fields(table.head(1)) == []


def test_the_front_among_them_follows_the_rule(table: pd.DataFrame) -> None:
    two = table[table.role == "baseline"].head(2).assign(
        top1=[0.7, 0.7], latency_ms=[3.0, 5.0], latency_low_ms=[1.5, 4.9],
        latency_high_ms=[7.0, 5.1], within_limits=True,
    )  # fmt: skip
    anyone = [Between("top1", 0.0, 100.0)]
    assert filtered(two, anyone, FrontRule.POINT).on_front.tolist() == [True, False]
    assert filtered(two, anyone, FrontRule.UPPER).on_front.tolist() == [False, True]
