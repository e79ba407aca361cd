"""NAS-Bench-Macro: 6,561 chains of eight blocks, each trained three times on CIFAR-10.

Su et al., CVPR 2021 (arXiv 2103.11922). The figures are those of their repository
(xiusu/NAS-Bench-Macro, data/nas-bench-macro_cifar10.json, commit 61a2bfc, Apache License 2.0)
without its rounding errors.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from optuna.distributions import BaseDistribution, CategoricalDistribution

from nasbench_mvit.benchmark.compare.problem import Outcome, Problem

FILE = Path(__file__).with_name("data") / "nasbench_macro.parquet"
BLOCKS = ("identity", "mobile_3x3_x3", "mobile_5x5_x6")  # in the order of the digits of a chain
NUM_BLOCKS = 8
TOP1 = ["top1_a", "top1_b", "top1_c"]
#: Problems by name; the column of the cost, its name, and its worst value in millions.
SETS = {
    "nasbench_macro": ("params", "parameters, M", 3.0),
    "nasbench_macro_macs": ("macs", "MACs, M", 110.0),
}
MILLION = 1e6


def load(name: str) -> Problem:
    """Return a problem of ``SETS``: test accuracy against a cost."""
    column, cost_name, worst_cost = SETS[name]
    rows = pd.read_parquet(FILE)
    top1_N3 = rows[TOP1].to_numpy()
    costs_N = rows[column] / MILLION
    blocks: dict[str, BaseDistribution] = {
        f"block{place}": CategoricalDistribution(BLOCKS) for place in range(NUM_BLOCKS)
    }
    return Problem(
        name=name,
        distributions=blocks,
        outcomes={
            tuple(BLOCKS[int(digit)] for digit in chain): Outcome(
                accuracy=float(np.mean(top1_3)),
                cost=cost,
                seconds=1.0,  # unknown
                draws=tuple(top1_3.tolist()),
            )
            for chain, cost, top1_3 in zip(rows["blocks"], costs_N, top1_N3, strict=True)
        },
        cost_name=cost_name,
        worst_accuracy=0.1,  # that of guessing
        worst_cost=worst_cost,
    )
