"""Fronts of searches at several costs, evaluated by trainings that no search has seen.

Axes: B budgets, S searches of an arm.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.analysis.pareto import hypervolume, pareto_front
from nasbench_mvit.architecture.spec import MobileViTSpec

Floats = NDArray[np.float64]

USERS_WAY = "users_way"


def front_at(search: pd.DataFrame, core_seconds: float) -> pd.DataFrame:
    """Return the networks that a search would hand over after so much processor time.

    Args:
        search: rows of one search, as ``pages.time_to_front.read_searches`` returns them.
        core_seconds: what has been spent.
    """
    in_order = search.sort_values("place")
    known = in_order[in_order.core_seconds.cumsum() <= core_seconds]
    known = known[known.top1.notna() & known.within_limits]
    return known[pareto_front(known.top1, known.latency_ms)]


def networks_on_fronts(
    searches: pd.DataFrame, budgets: Sequence[float]
) -> dict[str, MobileViTSpec]:
    """Return every network that is on a front at one of the budgets, by its id."""
    found = {}
    for (_, search), budget in itertools.product(searches.groupby(["arm", "seed"]), budgets):
        for text in front_at(search, budget).spec:
            spec = MobileViTSpec.from_json(text)
            found[spec.id] = spec
    return found


def evaluated(
    searches: pd.DataFrame,
    budgets: Sequence[float],
    top1: Mapping[str, float],
    reference: tuple[float, float],
) -> pd.DataFrame:
    """Return the hypervolume of every search's front at every budget, by fresh trainings.

    Args:
        searches: rows of all searches.
        budgets: core-seconds.
        top1: mean score of the fresh trainings of each network, by its id.
        reference: worst top-1 and latency that count.

    Returns:
        A row for each search and budget: arm, seed, core_seconds, networks (on the front) and
        hypervolume, in fraction × ms.
    """
    rows = []
    for (arm, seed), search in searches.groupby(["arm", "seed"]):
        for budget in budgets:
            front = front_at(search, budget)
            fresh = [top1[MobileViTSpec.from_json(text).id] for text in front.spec]
            area = hypervolume(
                fresh,
                front.latency_ms.tolist(),
                worst_top1=reference[0],
                worst_latency_ms=reference[1],
            )
            rows.append(
                {
                    "arm": arm,
                    "seed": seed,
                    "core_seconds": budget,
                    "networks": len(front),
                    "hypervolume": area,
                }
            )
    return pd.DataFrame(rows)


def cost_ratio(found: pd.DataFrame, ours: str, theirs: str) -> float:
    """Return the share of the last budget after which ``ours`` is as good as ``theirs`` at the end.

    Means over searches are compared at each budget, with nothing assumed between two; infinity
    where ``ours`` is never as good.
    """
    mean = found.groupby(["arm", "core_seconds"]).hypervolume.mean()
    goal, course = mean[theirs].iloc[-1], mean[ours]
    reached = course.index[course >= goal]
    return float(reached[0] / course.index[-1]) if len(reached) else float("inf")


def ratio_interval(
    found: pd.DataFrame, ours: str, theirs: str, *, level: float = 0.9, draws: int = 2_000
) -> tuple[float, float]:
    """Return the bootstrap interval of ``cost_ratio`` over the searches of both arms."""
    ratios = [cost_ratio(one, ours, theirs) for one in _drawn(found, (ours, theirs), draws)]
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return float(low), float(high)


def _drawn(found: pd.DataFrame, arms: tuple[str, ...], draws: int) -> Iterator[pd.DataFrame]:
    rng = np.random.default_rng(0)
    by_search = [
        [rows for _, rows in found[found.arm == arm].groupby("seed")] for arm in dict.fromkeys(arms)
    ]
    for _ in range(draws):
        yield pd.concat(
            searches[place]
            for searches in by_search
            for place in rng.integers(len(searches), size=len(searches))
        )
