"""Costs of a network by the closed formulas against fvcore's trace of its module.

Run by hand: ``python tests/benchmarks/bench_analytic_cost.py``. It prints how many times as long
one network takes fvcore. fvcore is handed a module that is built already; building is not timed.
"""

import sys
from collections.abc import Iterator

import numpy as np
from pairing import clock_for, take_turns, times_faster
from reporting import Conditions, Figure, benchmark

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.analytic import count_costs, count_costs_many
from nasbench_mvit.cost.traced import trace_module
from nasbench_mvit.models.mobilevit import build_model

MANY = 10_000
TRACED = 3
AIM = 1000.0


def measure(conditions: Conditions) -> Iterator[Figure]:
    """Yield the ratio for many networks at once and for one by one."""
    space, rng = SearchSpace.load("mobilevit"), np.random.default_rng(0)
    specs = [space.sample(rng) for _ in range(MANY)]
    traced = [(build_model(spec), spec.resolution) for spec in specs[:TRACED]]
    seconds = take_turns(
        {
            "many": lambda: count_costs_many(specs),
            "single": lambda: [count_costs(spec) for spec in specs[:TRACED]],
            "fvcore": lambda: [trace_module(*network) for network in traced],
        },
        conditions.rounds,
        clock_for(conditions.threads),
    )
    fvcore = [second / TRACED for second in seconds["fvcore"]]
    for case, key, number, aim in (
        (f"count_costs_many, {MANY:,} networks", "many", MANY, AIM),
        ("count_costs, every layer of one network", "single", TRACED, None),
    ):
        each = [second / number for second in seconds[key]]
        yield Figure(case=case, against="fvcore", spread=times_faster(each, fvcore), aim=aim)


if __name__ == "__main__":
    sys.exit(benchmark(measure))
