"""Networks a second: costs and predicted latencies against the limit of 10,000 on one core.

Run by hand: ``python tests/benchmarks/bench_networks_per_second.py``. It prints the rate of each
and the ratio to the limit; machines differ, so nothing is asserted.
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.latency.predictor import load_predictor

LIMIT = 10_000
NETWORKS = 20_000
REPEATS = 5


def rate(work: Callable[[], object]) -> float:
    """Return networks a second, the median of some repeats."""
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return NETWORKS / float(np.median(seconds))


def main() -> int:
    """Measure and print."""
    space, rng = SearchSpace.load("mobilevit"), np.random.default_rng(0)
    specs = [space.sample(rng) for _ in range(NETWORKS)]
    predictor = load_predictor("iphone12_coreml")
    for name, measured in (
        ("costs", rate(lambda: count_costs_many(specs))),
        ("latencies", rate(lambda: predictor.predict_many(specs))),
    ):
        sys.stdout.write(f"{name}: {measured:,.0f} a second, {measured / LIMIT:.1f} × the limit\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
