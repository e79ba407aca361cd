"""Ranks by a supernet, reported with what it has not trained told apart."""

import numpy as np
import pytest

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.benchmark.supernet_ranks import SupernetRanks
from nasbench_mvit.cost.analytic import count_costs_many

SPECS = [*SearchSpace.load("mobilevit_table").enumerate()][::6]
MACS = count_costs_many(SPECS).macs
HALF = float(np.median(MACS))


def ranks(max_macs: float | None) -> SupernetRanks:
    """Return scores that rank small networks rightly and large ones the other way round."""
    order = MACS.argsort().argsort() / len(SPECS)
    scores = np.where(MACS > HALF, 1 - order, order)
    return SupernetRanks(
        specs=SPECS, scores=scores.tolist(), alone=[{0: top1} for top1 in order],
        num_images=2000, cpu_seconds=[1.0] * len(SPECS), max_macs=max_macs,
    )  # fmt: skip


def rows(text: str, group: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(f"| {group}")]


def test_networks_that_were_not_trained_are_told_apart() -> None:
    text = ranks(HALF).markdown()
    (shared,) = (row for row in rows(text, "≤ ") if "shared weights" in row)
    count = int((MACS <= HALF).sum())
    assert f"| {count} " in shared
    assert "1.00 [" in shared
    larger = len(SPECS) - count
    assert f"{larger} networks are larger than any that the supernet trained itself." in text
    (of_all,) = (row for row in rows(text, "all") if "shared weights" in row)
    assert "1.00 [" not in of_all


@pytest.mark.parametrize("max_macs", [None, 1e12])
def test_without_any_there_is_one_group(max_macs: float | None) -> None:
    text = ranks(max_macs).markdown()
    assert rows(text, "all")
    assert not rows(text, "≤ ")
    assert "larger than any" not in text
