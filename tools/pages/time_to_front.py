"""The tables of ``docs/time_to_front.md``, made from the searches and trainings beside it."""

import math
from pathlib import Path

import pandas as pd
from fronts.evaluation import USERS_WAY, cost_ratio, evaluated, ratio_interval
from pages.truth import last_scores

from nasbench_mvit.analysis.student import half_width
from nasbench_mvit.io.markdown import frame_table, markdown_table

BUDGETS = (300.0, 600.0, 900.0, 1200.0)  # core-seconds
REFERENCE = (0.464, 8.8)  # that which the study's published networks and limit make
LEVEL = 0.9
MINUTE = 60.0


def time_to_front_tables(folder: Path) -> str:
    """Return the hypervolume of each arm by core-minutes, and the share of the user's way."""
    searches = pd.read_csv(folder / "searches.csv")
    last = last_scores(folder / "trainings.parquet").groupby("spec_id").top1.mean()
    fresh = {str(spec_id): float(top1) for spec_id, top1 in last.items()}
    found = evaluated(searches, BUDGETS, fresh, REFERENCE)
    columns = {
        f"{budget / MINUTE:.0f} core-minutes": [
            _mean(found[(found.arm == arm) & (found.core_seconds == budget)].hypervolume)
            for arm in found.arm.unique()
        ]
        for budget in BUDGETS
    }
    courses = frame_table(pd.DataFrame({"way": found.arm.unique()} | columns))
    ratios = [
        (f"`{arm}`", _share(cost_ratio(found, arm, USERS_WAY)), _interval(found, arm))
        for arm in found.arm.unique()
        if arm != USERS_WAY
    ]
    shares = markdown_table(
        ("way", f"share of {BUDGETS[-1] / MINUTE:.0f} core-minutes", f"{LEVEL:.0%} interval"),
        ratios,
    )
    return f"{courses}\n\n{shares}\n"


def _mean(values: pd.Series) -> str:
    """Return a mean over searches with its interval by Student."""
    mean, reach = values.mean(), half_width(values.to_list(), LEVEL)
    return f"{mean:.3f}" if math.isnan(reach) else f"{mean:.3f} ± {reach:.3f}"


def _interval(found: pd.DataFrame, arm: str) -> str:
    low, high = ratio_interval(found, arm, USERS_WAY, level=LEVEL)
    return f"{_share(low)} to {_share(high)}"


def _share(value: float) -> str:
    return f"{value:.0%}" if math.isfinite(value) else "not reached"
