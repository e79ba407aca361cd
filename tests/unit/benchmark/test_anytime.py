import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_mvit.analysis.anytime import hypervolume_curve
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
