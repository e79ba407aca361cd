"""The tables of ``docs/samplers.md``, made from the searches next to it."""

import pandas as pd

from nasbench_mvit.benchmark.compare.report import brief, report
from nasbench_mvit.benchmark.compare.standings import counting

NUM_FIRST = 20  # seeds that all samplers have


def first(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the searches with the seeds that all samplers have."""
    found: pd.DataFrame = counting(rows)
    return found[found["seed"] < NUM_FIRST]


def samplers_tables(rows: pd.DataFrame) -> str:
    """Return the comparison, and a separate one with fresh seeds."""
    fresh = counting(rows)
    fresh = fresh[fresh["seed"] >= NUM_FIRST]
    seeds = f"{fresh['seed'].min()} to {fresh['seed'].max()}"
    return f"{report(first(rows))}\n## With fresh seeds, {seeds}\n\n{brief(fresh)}\n"
