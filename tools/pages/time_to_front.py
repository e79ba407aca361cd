"""The tables of ``docs/time_to_front.md``, made from the searches and trainings beside it."""

import math
from pathlib import Path

import pandas as pd
from fronts.evaluation import USERS_WAY, cost_ratio, evaluated, ratio_interval
from pages.truth import last_scores

from nasbench_mvit.analysis.student import half_width
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.io.markdown import frame_table, markdown_table

BUDGETS = tuple(60.0 * minutes for minutes in range(1, 21))  # core-seconds
SHOWN = (300.0, 600.0, 900.0, 1200.0)
#: The worst top-1 of the study's published networks by its rule, and a tenth more than its limit.
REFERENCE = (0.4595, 8.8)
SEARCHES, CORE_SECONDS = "searches", "core_seconds.csv"
PUBLISHED = "published"
LEVEL = 0.9
MINUTE = 60.0


def time_to_front_tables(folder: Path) -> str:
    """Return the hypervolume of each arm by core-minutes, and the share of the user's way.

    An arm of its own are the published networks alone, with which ours begin.
    """
    searches = read_searches(folder)
    last = last_scores(folder / "trainings.parquet").groupby("spec_id").top1.mean()
    fresh = {str(spec_id): float(top1) for spec_id, top1 in last.items()}
    found = evaluated(searches, BUDGETS, fresh, REFERENCE)
    columns = {
        f"{budget / MINUTE:.0f} core-minutes": [
            _mean(found[(found.arm == arm) & (found.core_seconds == budget)].hypervolume)
            for arm in found.arm.unique()
        ]
        for budget in SHOWN
    }
    courses = frame_table(pd.DataFrame({"way": found.arm.unique()} | columns))
    ratios = [
        (
            f"`{arm}`",
            _share(cost_ratio(found, arm, USERS_WAY)),
            _by_seed(found, arm),
            _interval(found, arm),
        )
        for arm in found.arm.unique()
        if arm != USERS_WAY
    ]
    shares = markdown_table(
        (
            "way",
            f"share of {BUDGETS[-1] / MINUTE:.0f} core-minutes",
            "by search",
            f"{LEVEL:.0%} interval",
        ),
        ratios,
    )
    return f"{courses}\n\n{shares}\n"


def trained(folder: Path) -> pd.DataFrame:
    """Return the rows of all searches."""
    return pd.concat(map(pd.read_csv, sorted((folder / SEARCHES).glob("*.csv"))))


def is_timm(searches: pd.DataFrame) -> "pd.Series[bool]":
    """Return whether the network of each row was built from timm's modules."""
    return searches.arm == USERS_WAY


def read_searches(folder: Path) -> pd.DataFrame:
    """Return the rows of all searches, and those of the published networks alone, with costs.

    Raises:
        ValueError: a search ended before the last budget, or its networks were not timed.
    """
    found = trained(folder)
    ids = [MobileViTSpec.from_json(text).id for text in found.spec]
    found = found.assign(spec_id=ids, is_timm=is_timm(found)).merge(
        pd.read_csv(folder / CORE_SECONDS), on=["spec_id", "is_timm"], how="left"
    )
    found["core_seconds"] = found.trainings * found.seconds
    if found.seconds.isna().any():
        raise ValueError(f"{found.seconds.isna().sum()} networks were not timed.")
    for (arm, seed), rows in found.groupby(["arm", "seed"]):
        if (spent := rows.core_seconds.sum()) < BUDGETS[-1]:
            raise ValueError(f"{arm} {seed} ended after {spent:.0f} core-seconds. Raise TRIALS.")
    first = found[found.is_published & (found.seed == found.seed.min())]
    alone = first[first.arm == first.arm.min()].assign(arm=PUBLISHED)
    both: pd.DataFrame = pd.concat([found, alone], ignore_index=True)
    return both


def _by_seed(found: pd.DataFrame, arm: str) -> str:
    """Return the share of each search, against the mean of the user's way."""
    theirs = found[found.arm == USERS_WAY]
    searches = (rows for _, rows in found[found.arm == arm].groupby("seed"))
    return ", ".join(
        _share(cost_ratio(pd.concat([rows, theirs]), arm, USERS_WAY)) for rows in searches
    )


def _mean(values: pd.Series) -> str:
    """Return a mean over searches with its interval by Student."""
    mean, reach = values.mean(), half_width(values.to_list(), LEVEL)
    return f"{mean:.3f}" if math.isnan(reach) else f"{mean:.3f} ± {reach:.3f}"


def _interval(found: pd.DataFrame, arm: str) -> str:
    low, high = ratio_interval(found, arm, USERS_WAY, level=LEVEL)
    return f"{_share(low)} to {_share(high)}"


def _share(value: float) -> str:
    return f"{value:.0%}" if math.isfinite(value) else "not reached"
