"""Fronts of searches at several costs, evaluated by trainings that no search has seen.

The value of a front is linear in the fresh scores of its networks, so that fresh luck does not
raise it: for each latency it takes the score of the network that the front names for it. Axes: S
searches, B budgets, N networks, D draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.analysis.pareto import pareto_front

Floats = NDArray[np.float64]

BUILT = ["spec_id", "is_timm"]  # what is trained: a network, and by whose modules it is built
USERS_WAY = "users_way"
PUBLISHED = "published"
RANDOM = "random"
AFTER_PUBLISHED = "users_way_after_published"


def front_at(search: pd.DataFrame, core_seconds: float) -> pd.DataFrame:
    """Return the networks that a search would hand over after so much time, the fastest first.

    Args:
        search: rows of one search, as ``pages.time_to_front.read_searches`` returns them. The last
            row of a network counts.
        core_seconds: what has been spent.
    """
    in_order = search.sort_values("place")
    spent = in_order[in_order.core_seconds.cumsum() <= core_seconds]
    known = spent.drop_duplicates(BUILT, keep="last")
    known = known[known.top1.notna() & known.within_limits]
    return known[pareto_front(known.top1, known.latency_ms)].sort_values("latency_ms")


@dataclass(frozen=True, kw_only=True, eq=False)
class Fronts:
    """The fronts of searches after each budget.

    Attributes:
        arms: the way of each search, (S,).
        budgets: core-seconds, (B,).
        networks: what is on any front, a row of ``BUILT`` and spec each, (N,).
        widths: milliseconds for which a front names each network, (S, B, N).
    """

    arms: NDArray[np.str_]
    budgets: Sequence[float]
    networks: pd.DataFrame
    widths: Floats

    def values(self, above_N: Floats) -> Floats:
        """Return the value of each front, (S, B), given how far networks score above the worst."""
        return np.asarray(self.widths @ above_N)


def fronts_of(searches: pd.DataFrame, budgets: Sequence[float], worst_latency_ms: float) -> Fronts:
    """Return the fronts of all searches after each budget.

    Args:
        searches: rows of all searches.
        budgets: core-seconds.
        worst_latency_ms: up to which latencies count.
    """
    grouped = list(searches.groupby(["arm", "seed"]))
    found = {
        (place, budget): front_at(rows, core_seconds)
        for place, (_, rows) in enumerate(grouped)
        for budget, core_seconds in enumerate(budgets)
    }
    networks = pd.concat(found.values()).drop_duplicates(BUILT).reset_index(drop=True)
    places = {key: place for place, key in enumerate(_keys(networks))}
    widths = np.zeros((len(grouped), len(budgets), len(networks)))
    for (search, budget), front in found.items():
        ends = [*front.latency_ms[1:], worst_latency_ms]
        for key, begin, end in zip(_keys(front), front.latency_ms, ends, strict=True):
            widths[search, budget, places[key]] = max(0.0, min(end, worst_latency_ms) - begin)
    arms = np.array([arm for (arm, _), _ in grouped])
    return Fronts(arms=arms, budgets=budgets, networks=networks, widths=widths)


@dataclass(frozen=True, kw_only=True, eq=False)
class FreshScores:
    """Scores of fresh trainings of N networks, fractions above the worst that counts.

    Attributes:
        means: mean over seeds, (N,).
        errors: standard error of each mean, by the spread between seeds of all networks, (N,).
    """

    means: Floats
    errors: Floats

    @classmethod
    def of(cls, networks: pd.DataFrame, fresh: pd.DataFrame, worst_top1: float) -> "FreshScores":
        """Return those of some networks.

        Args:
            networks: rows with ``BUILT``.
            fresh: rows with ``BUILT`` and top1, one for each seed.
            worst_top1: from which scores count.

        Raises:
            ValueError: a network has no fresh score.
        """
        by_network = fresh.groupby(BUILT).top1
        spread = float(np.sqrt(by_network.var().mean()))
        found = networks[BUILT].merge(
            by_network.agg(["mean", "count"]).reset_index(), on=BUILT, how="left"
        )
        if missing := int(found["mean"].isna().sum()):
            raise ValueError(f"{missing} networks on fronts have no fresh training.")
        errors = spread / np.sqrt(found["count"])
        return cls(means=found["mean"].to_numpy() - worst_top1, errors=errors.to_numpy())


def drawn_courses(fronts: Fronts, fresh: FreshScores, draws: int) -> dict[str, Floats]:
    """Return the mean course of each way, (B, 1 + D): as it is, then in each bootstrap draw.

    A draw resamples the searches of each way and adds the noise of fresh scores to every network,
    the same for all ways.
    """
    rng = np.random.default_rng(0)
    noise_ND = rng.standard_normal((len(fresh.means), draws)) * fresh.errors[:, None]
    above_ND = np.column_stack([fresh.means, fresh.means[:, None] + noise_ND])
    values_SBD = fronts.values(above_ND)
    courses = {}
    for arm in dict.fromkeys(fronts.arms.tolist()):
        own_SBD = values_SBD[fronts.arms == arm]
        chosen = rng.integers(len(own_SBD), size=(len(own_SBD), draws))
        resampled = [own_SBD[chosen[:, d], :, 1 + d].mean(axis=0) for d in range(draws)]
        courses[arm] = np.column_stack([own_SBD[:, :, 0].mean(axis=0), *resampled])
    return courses


def cost_ratio(ours_B: Floats, theirs_B: Floats, budgets: Sequence[float]) -> float:
    """Return the cost of what ``theirs`` ends with, as a share of what it costs ``theirs``.

    Of each course the first budget counts from which it never falls below that value again;
    infinity where ``ours`` ends below it.
    """
    goal = theirs_B[-1]
    ours, theirs = (_stays(course, goal) for course in (ours_B, theirs_B))
    return float("inf") if ours is None or theirs is None else budgets[ours] / budgets[theirs]


def _stays(course_B: Floats, goal: float) -> int | None:
    """Return the place from which a course stays at a goal or above, None where it ends below."""
    below = np.flatnonzero(course_B < goal)
    first = int(below[-1]) + 1 if len(below) else 0
    return first if first < len(course_B) else None


def interval(values_D: Floats, level: float) -> tuple[float, float]:
    """Return the ends of the middle ``level`` of values, of which some may be infinite."""
    tails = (1 - level) / 2, (1 + level) / 2
    low, high = np.quantile(values_D, tails, method="inverted_cdf")
    return float(low), float(high)


def after_published(searches: pd.DataFrame) -> pd.DataFrame:
    """Return the searches of the user's way as they are after the published networks."""
    published = searches[searches.arm == PUBLISHED]
    parts = []
    for seed, rows in searches[searches.arm == USERS_WAY].groupby("seed"):
        both = pd.concat([published, rows])
        parts.append(both.assign(arm=AFTER_PUBLISHED, seed=seed, place=range(len(both))))
    return pd.concat(parts)


def _keys(rows: pd.DataFrame) -> list[tuple[str, bool]]:
    return list(zip(rows.spec_id, rows.is_timm, strict=True))
