import numpy as np
import pytest

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.latency.breakdown import FIXED, PARTS, milliseconds_by_part, part_of
from nasbench_mvit.latency.predictor import LatencyPredictor, load_predictor


@pytest.fixture(scope="module")
def predictor() -> LatencyPredictor:
    return load_predictor("iphone12_coreml")


def test_the_parts_sum_to_the_prediction(predictor: LatencyPredictor) -> None:
    rng = np.random.default_rng(0)
    space = SearchSpace.load("mobilevit")
    for spec in [*map(published, BASELINES), *(space.sample(rng) for _ in range(10))]:
        parts = milliseconds_by_part(predictor, spec)
        assert sum(parts.values()) == pytest.approx(predictor.predict(spec).ms)
        assert min(parts.values()) >= 0


def test_what_a_constant_adds_stands_apart(predictor: LatencyPredictor) -> None:
    other = predictor.document.model_copy(update={"chosen": "four_term", "rival": "roofline"})
    spec = published("mobilevit_xxs")
    with_constant = LatencyPredictor(other)
    parts = milliseconds_by_part(with_constant, spec)
    constant = other.candidates["four_term"].coefficients["constant"]
    assert parts[FIXED] == pytest.approx(constant)
    assert sum(parts.values()) == pytest.approx(with_constant.predict(spec).ms)


def test_every_layer_belongs_to_a_part() -> None:
    names = {part_of(layer.name) for layer in count_costs(published("mobilevit_s")).layers}
    assert names == set(PARTS)
