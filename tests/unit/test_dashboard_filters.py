from pathlib import Path

import pandas as pd
import pytest
from synthetic import synthetic_run

from nasbench_mvit.dashboard.filters import (
    Between,
    OneOf,
    best_within,
    eligible,
    filterable,
    filtered,
    varying_fields,
)
from nasbench_mvit.dashboard.runs import OpenStudy
from nasbench_mvit.search.store.location import STORE_FILE


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    run: Path = synthetic_run(tmp_path_factory.mktemp("run"), 60)
    return OpenStudy(run / STORE_FILE).look().table


def test_a_range_is_in_the_unit_that_is_shown(table: pd.DataFrame) -> None:
    kept = filtered(table, [Between("top1", 30.0, 40.0)])
    assert len(kept)
    assert kept.top1.between(0.30, 0.40).all()
    assert len(kept) == int(table.top1.between(0.30, 0.40).sum())


def test_kinds_are_chosen_as_text_and_an_absent_field_is_one(table: pd.DataFrame) -> None:
    without = filtered(table, [OneOf("stage3.dim", ("–",))])
    assert len(without)
    assert (without["stage3.block"] == False).all()  # noqa: E712
    assert set(filtered(table, [OneOf("stage3.dim", ("96", "144"))])["stage3.dim"]) == {96, 144}


def test_the_front_is_that_of_what_is_left(table: pd.DataFrame) -> None:
    kept = filtered(table, [OneOf("stage3.block", ("False",))])
    front = kept[kept.on_front]
    candidates = kept[eligible(kept)]
    for network in front.itertuples():
        better = candidates[
            (candidates.top1 > network.top1) & (candidates.latency_ms <= network.latency_ms)
        ]
        assert better.empty
    assert len(front)


def test_without_filters_the_table_stays_as_it_is(table: pd.DataFrame) -> None:
    assert filtered(table, []) is table


def test_the_best_keeps_the_budget_at_its_upper_end(table: pd.DataFrame) -> None:
    best = best_within(table, 6.0)
    assert best is not None
    assert best.latency_high_ms <= 6.0
    fitting = table[eligible(table) & (table.latency_high_ms <= 6.0)]
    assert best.top1 == fitting.top1.max()
    assert best_within(table, 0.1) is None


def test_only_what_varies_can_be_filtered(table: pd.DataFrame) -> None:
    fields = varying_fields(table)
    assert "stage3.patch" in fields
    assert "variant" not in fields
    assert set(fields) < set(filterable(table))
    assert varying_fields(table.head(1)) == []
