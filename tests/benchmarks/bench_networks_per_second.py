"""Networks a second: costs and predicted latencies against the limit of 10,000 on one core.

Run by hand: ``python tests/benchmarks/bench_networks_per_second.py``. It prints the ratio of each
rate to the limit; machines differ, so nothing is asserted.
"""

import sys
from collections.abc import Iterator

import numpy as np
from pairing import Spread, clock_for, take_turns
from reporting import Conditions, Figure, benchmark

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.latency.predictor.predictor import load_predictor

LIMIT = 10_000
NETWORKS = 20_000


def measure(conditions: Conditions) -> Iterator[Figure]:
    """Yield the rates as multiples of the limit."""
    space, rng = SearchSpace.load("mobilevit"), np.random.default_rng(0)
    specs = [space.sample(rng) for _ in range(NETWORKS)]
    predictor = load_predictor("iphone12_coreml")
    seconds = take_turns(
        {
            "costs": lambda: count_costs_many(specs),
            "latencies": lambda: predictor.predict_many(specs),
        },
        conditions.rounds,
        clock_for(conditions.threads),
    )
    for name, each in seconds.items():
        yield Figure(
            case=f"{name} of {NETWORKS:,} networks",
            against=f"{LIMIT:,} networks a second",
            spread=Spread.of([NETWORKS / second / LIMIT for second in each]),
            aim=1.0,
        )


if __name__ == "__main__":
    sys.exit(benchmark(measure))
