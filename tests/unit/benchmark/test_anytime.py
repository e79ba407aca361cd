import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_mvit.analysis.anytime import gain_over, hypervolume_curve
from nasbench_mvit.analysis.pareto import hypervolume

coordinates = st.integers(0, 6).map(float)
points = st.lists(st.tuples(coordinates | st.just(float("nan")), coordinates), max_size=14)


@given(points)
def test_the_curve_is_the_hypervolume_of_every_beginning(
    networks: list[tuple[float, float]],
) -> None:
    accuracy, latency = [a for a, _ in networks], [b for _, b in networks]
    curve = hypervolume_curve(accuracy, latency, worst_top1=1.0, worst_latency_ms=5.0)
    expected = [
        hypervolume(accuracy[:n], latency[:n], worst_top1=1.0, worst_latency_ms=5.0)
        for n in range(1, len(networks) + 1)
    ]
    assert curve.tolist() == pytest.approx(expected)
    assert np.all(np.diff(curve) >= 0)


def test_the_gain_names_the_best_of_no_more_latency_and_the_fastest_of_no_less_accuracy() -> None:
    gain = gain_over([0.3, 0.5, 0.7], [2.0, 4.0, 8.0], top1=0.45, latency_ms=5.0)
    assert [gain.top1, gain.latency_ms] == pytest.approx([0.5 - 0.45, 5.0 - 4.0])
    assert [gain.top1_index, gain.latency_index] == [1, 1]


def test_a_front_that_is_slower_or_worse_offers_nothing() -> None:
    gain = gain_over([0.3], [6.0], top1=0.45, latency_ms=5.0)
    assert (gain.top1, gain.top1_index, gain.latency_ms, gain.latency_index) == (None,) * 4
