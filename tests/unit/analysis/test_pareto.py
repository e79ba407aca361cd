import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_mvit.analysis.pareto import hypervolume, pareto_front
from nasbench_mvit.analysis.statistics import pooled_sd

coordinates = st.integers(0, 6).map(float)
points = st.lists(st.tuples(coordinates, coordinates), max_size=12)


def dominates(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] >= b[0] and a[1] <= b[1] and a != b


@given(points)
def test_front_is_what_no_other_point_dominates(networks: list[tuple[float, float]]) -> None:
    mask = pareto_front([a for a, _ in networks], [b for _, b in networks])
    expected = [not any(dominates(other, own) for other in networks) for own in networks]
    assert mask.tolist() == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_never_best(bad: float) -> None:
    assert pareto_front([bad, 0.5], [1.0, 2.0]).tolist() == [False, True]
    assert pareto_front([0.9, 0.5], [bad, 2.0]).tolist() == [False, True]
    assert pareto_front([bad], [1.0]).tolist() == [False]


@given(points)
def test_hypervolume_is_the_count_of_dominated_unit_cells(
    networks: list[tuple[float, float]],
) -> None:
    accuracy, latency = [a for a, _ in networks], [b for _, b in networks]
    cells = sum(any(a >= i + 1 and b <= j for a, b in networks) for i in range(6) for j in range(6))
    volume = hypervolume(accuracy, latency, worst_top1=0.0, worst_latency_ms=6.0)
    assert volume == pytest.approx(cells)


def test_networks_worse_than_the_reference_add_nothing() -> None:
    assert hypervolume([0.05], [1.0], worst_top1=0.1, worst_latency_ms=10) == 0
    assert hypervolume([0.5], [11.0], worst_top1=0.1, worst_latency_ms=10) == 0
    assert hypervolume([np.nan], [1.0], worst_top1=0.1, worst_latency_ms=10) == 0


def test_pooled_sd_weighs_groups_by_their_freedom() -> None:
    first, second = [0.1, 0.3], [0.2, 0.5, 0.8]
    squares = np.var(first, ddof=1) * 1 + np.var(second, ddof=1) * 2
    assert pooled_sd([first, second, [0.9]]) == pytest.approx((squares / 3) ** 0.5)
    assert np.isnan(pooled_sd([[0.9], []]))
