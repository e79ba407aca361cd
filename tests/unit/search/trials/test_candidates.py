"""The limit on how wide an interval may be, and the rule by which a latency counts."""

import numpy as np
import pytest

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.memory import peak_mb
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.study.sections import Limits
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Role

PREDICTOR = load_predictor("iphone12_coreml")
SPACE = SearchSpace.load("mobilevit")
NETWORKS = [published("mobilevit_xs"), published("mobilevitv2_1.0")]
NETWORKS += [SPACE.sample(np.random.default_rng(seed)) for seed in range(20)]


def test_a_wide_interval_is_an_unknown_latency() -> None:
    candidates = Candidates(SPACE, PREDICTOR, Limits(latency_spread=1.6))
    records = [candidates.record(spec, role=Role.SEARCH, seeds=(0,)) for spec in NETWORKS]
    _, excess_N1 = candidates.predict(NETWORKS)
    widths = [record.latency.high / record.latency.low for record in records]
    assert excess_N1[:, 0] == pytest.approx(np.array(widths) / 1.6 - 1)
    assert [candidates.allows(record) for record in records] == [width <= 1.6 for width in widths]
    assert candidates.allows(records[0])
    assert candidates.allows(records[1])
    wide = records[int(np.argmax(widths))]
    assert candidates.rejection(wide) == (
        f"a latency that is unknown, from {wide.latency.low:.2f} to {wide.latency.high:.2f} ms, "
        f"a factor of {max(widths):.2f}, the limit is 1.6"
    )


@pytest.mark.parametrize(
    ("rule", "end"),
    [
        (FrontRule.POINT, "ms"),
        (FrontRule.UPPER, "high"),
        (FrontRule.SUPPORTED, "high"),
        (FrontRule.MEMORY, ""),
    ],
)
def test_the_sampler_and_the_record_have_the_cost_of_the_rule(rule: FrontRule, end: str) -> None:
    candidates = Candidates(SPACE, PREDICTOR, Limits(), rule)
    ms_N, _ = candidates.predict(NETWORKS)
    records = [candidates.record(spec, role=Role.SEARCH, seeds=(0,)) for spec in NETWORKS]
    expected = [
        getattr(record.latency, end) if end else peak_mb(record.network()) for record in records
    ]
    assert ms_N == pytest.approx(expected)
    assert [candidates.front_costs(r)[0] for r in records] == pytest.approx(expected)
