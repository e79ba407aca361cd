"""The tables of ``docs/time_to_front.md``, made from the searches and trainings beside it."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
from fronts.evaluation import (
    AFTER_PUBLISHED,
    PUBLISHED,
    RANDOM,
    USERS_WAY,
    FreshScores,
    after_published,
    cost_ratio,
    drawn_courses,
    fronts_of,
    interval,
)
from numpy.typing import NDArray

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.io.markdown import markdown_table

SEARCHES, CORE_SECONDS, FRESH = "searches", "core_seconds.csv", "fresh.csv"
MINUTE = 60.0
BUDGETS = tuple(MINUTE * minutes for minutes in range(1, 21))  # core-seconds
SHOWN = tuple(MINUTE * minutes for minutes in (5, 10, 15, 20))
#: From where a front counts. The top-1 is as far below the least accurate published network as that
#: is below the most accurate within the limit; the latency is the limit and a tenth of it.
WORST_TOP1, WORST_LATENCY_MS = 0.4595, 8.8
RIVALS = (USERS_WAY, AFTER_PUBLISHED, RANDOM)
PARTS = 8  # of a training by the study's proxy
LEVEL = 0.9
DRAWS = 2_000


def time_to_front_tables(folder: Path) -> str:
    """Return the value of each way's fronts by core-minutes, and its share of its rivals' costs."""
    fronts = fronts_of(read_searches(folder), BUDGETS, WORST_LATENCY_MS)
    fresh = FreshScores.of(fronts.networks, pd.read_csv(folder / FRESH), WORST_TOP1)
    courses = drawn_courses(fronts, fresh, DRAWS)
    places = [BUDGETS.index(budget) for budget in SHOWN]
    values = markdown_table(
        ("way", "searches", *(f"{budget / MINUTE:.0f} core-minutes" for budget in SHOWN)),
        [
            (f"`{arm}`", str(int((fronts.arms == arm).sum())), *(_value(c[p]) for p in places))
            for arm, c in courses.items()
        ],
    )
    shares = markdown_table(
        ("way", *(f"share of `{rival}`" for rival in RIVALS)),
        [
            (f"`{arm}`", *(_share(course, courses[rival]) for rival in RIVALS))
            for arm, course in courses.items()
        ],
    )
    noise = (
        f"{len(fronts.networks)} networks on fronts; the standard error of a fresh score is "
        f"{100 * float(np.median(fresh.errors)):.1f} points."
    )
    return f"{values}\n\n{shares}\n\n{noise}\n"


def rows_of(folder: Path) -> pd.DataFrame:
    """Return the rows of all searches, each with ``spec_id`` and ``is_timm``."""
    found = pd.concat(map(pd.read_csv, sorted((folder / SEARCHES).glob("*.csv"))))
    ids = [MobileViTSpec.from_json(text).id for text in found.spec]
    return found.assign(spec_id=ids, is_timm=found.arm == USERS_WAY)


def read_searches(folder: Path) -> pd.DataFrame:
    """Return the rows of all searches with costs, and those of the ways made from them.

    These are the published networks alone, and the user's way after them.

    Raises:
        ValueError: a search ended before the last budget, or its networks were not timed.
    """
    costs = pd.read_csv(folder / CORE_SECONDS)
    found = rows_of(folder).merge(costs, on=["spec_id", "is_timm"], how="left")
    if missing := int(found.whole.isna().sum()):
        raise ValueError(f"{missing} networks were not timed.")
    whole = np.floor(found.trainings)
    ended = (found.trainings - whole) * PARTS * found.part.fillna(0.0)
    found["core_seconds"] = whole * found.whole + ended
    for (arm, seed), rows in found.groupby(["arm", "seed"]):
        if (spent := rows.core_seconds.sum()) < BUDGETS[-1]:
            raise ValueError(f"{arm} {seed} ended after {spent:.0f} core-seconds. Raise TRIALS.")
    first = found[found.is_published & (found.seed == found.seed.min())]
    alone = first[first.arm == first.arm.min()].assign(arm=PUBLISHED)
    both = pd.concat([found, alone])
    every: pd.DataFrame = pd.concat([both, after_published(both)], ignore_index=True)
    return every


def _value(values_D: NDArray[np.float64]) -> str:
    """Return a value with the interval of its draws."""
    low, high = interval(values_D[1:], LEVEL)
    return f"{values_D[0]:.3f} [{low:.3f}, {high:.3f}]"


def _share(ours_BD: NDArray[np.float64], theirs_BD: NDArray[np.float64]) -> str:
    """Return a share of costs with the interval of its draws."""
    if ours_BD is theirs_BD:
        return ""
    ratios = np.array(
        [
            cost_ratio(ours, theirs, BUDGETS)
            for ours, theirs in zip(ours_BD.T, theirs_BD.T, strict=True)
        ]
    )
    low, high = interval(ratios[1:], LEVEL)
    return f"{_percent(ratios[0])} [{_percent(low)}, {_percent(high)}]"


def _percent(value: float) -> str:
    return f"{value:.0%}" if math.isfinite(value) else "not reached"
