"""What a comparison has come to, in numbers.

Axes: S searches, E evaluations, T times, C costs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Samplers that are no rivals.
OURS = ("cost_aware", "cost_aware_untold", "cost_aware_learnt", "cost_aware_prior")
QUARTILES = (0.25, 0.5, 0.75)
NUM_ATTAINED = 50  # evaluations of a search that its attainment surface shows
NUM_POINTS = 200  # of a course in time, and of an attainment surface
RESAMPLES = 1_000
LEVEL = 0.9  # of an interval
ALMOST = 1e-9  # sums of areas differ by rounding


@dataclass(frozen=True, eq=False)
class SamplerStanding:
    """The searches of one sampler over one table.

    Attributes:
        benchmark: name of the table.
        sampler: name of the sampler.
        shares: hypervolume after each evaluation, of that of all networks, (S, E).
        seconds: seconds of training until then, (S, E).
        repeats: proposals of networks that were known, for each network trained, (S,).
        ask_s: seconds of a proposal, (S,).
    """

    benchmark: str
    sampler: str
    shares: Floats
    seconds: Floats
    repeats: Floats
    ask_s: Floats

    def needed(self, target: float) -> int | None:
        """Return the evaluations after which the mean hypervolume reaches ``target``, if it does.

        Args:
            target: share of the hypervolume of all networks.
        """
        reached = np.flatnonzero(self.shares.mean(axis=0) >= target - ALMOST)
        return int(reached[0]) + 1 if len(reached) else None

    def each_needed(self, target: float) -> Floats:
        """Return the evaluations after which each search reaches ``target``; inf if never, (S,)."""
        reached = self.shares >= target - ALMOST
        return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf)

    def needed_interval(self, rival: "SamplerStanding") -> tuple[float, float]:
        """Return the ``LEVEL`` bootstrap interval of ``needed`` for what ``rival`` ends with.

        Searches of both are resampled. Infinite where so many resamples do not reach it.
        """
        rng = np.random.default_rng(0)
        found = []
        for _ in range(RESAMPLES):
            own, other = (
                standing.shares[rng.integers(len(standing.shares), size=len(standing.shares))]
                for standing in (self, rival)
            )
            reached = own.mean(axis=0) >= other[:, -1].mean() - ALMOST
            found.append(reached.argmax() + 1.0 if reached.any() else np.inf)
        tail = 0.5 * (1 - LEVEL)
        low, high = np.quantile(found, [tail, 1 - tail], method="nearest")
        return float(low), float(high)


def counting(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the searches that compare: of each benchmark as it was last, with the largest budget.

    Args:
        rows: rows of a ``SearchArchive``.
    """
    of_benchmark = rows.groupby("benchmark", sort=False)
    current = rows[rows["digest"] == of_benchmark["digest"].transform("last")]
    largest = current.groupby("benchmark", sort=False)["trials"].transform("max")
    return current[current["trials"] == largest]


def standings(rows: pd.DataFrame) -> list[SamplerStanding]:
    """Return the samplers of a comparison, by benchmark.

    Args:
        rows: rows of searches that are comparable, see ``counting``.
    """
    found = []
    for (benchmark, sampler), own in rows.groupby(["benchmark", "sampler"], sort=False):
        last = own.groupby("seed").last()
        found.append(
            SamplerStanding(
                benchmark=str(benchmark),
                sampler=str(sampler),
                shares=_matrix(own, "share"),
                seconds=_matrix(own, "seconds"),
                repeats=(last["asks"] / last["evaluation"] - 1).to_numpy(float),
                ask_s=(last["ask_s"] / last["asks"]).to_numpy(float),
            )
        )
    return sorted(found, key=lambda standing: standing.benchmark)


def _matrix(rows: pd.DataFrame, column: str) -> Floats:
    """Return a column by search and evaluation; a search that has ended keeps its last value."""
    table = rows.pivot_table(index="seed", columns="evaluation", values=column)
    return table.ffill(axis="columns").to_numpy(float)


def target(found: Sequence[SamplerStanding]) -> tuple[SamplerStanding, float]:
    """Return the best rival on one benchmark and the mean hypervolume that it ends with.

    Where there is none, our own sampler is held against itself.
    """
    rivals = [standing for standing in found if standing.sampler not in OURS]
    best = max(rivals or found, key=lambda standing: standing.shares[:, -1].mean())
    return best, float(best.shares[:, -1].mean())


def courses(found: Sequence[SamplerStanding]) -> pd.DataFrame:
    """Return the hypervolume by evaluations and by simulated time.

    Returns:
        The columns benchmark, sampler, against ("evaluations" or "hours"), at, low, median, high
        and mean: what is missing of the hypervolume of all networks, its quartiles and its mean.
    """
    return pd.concat([part for standing in found for part in _courses(standing)])


def _courses(standing: SamplerStanding) -> Iterator[pd.DataFrame]:
    num_evaluations = standing.shares.shape[1]
    yield _course(standing, "evaluations", np.arange(1, num_evaluations + 1), standing.shares)
    hours_SE = standing.seconds / 3600
    at_T = np.linspace(0, np.median(hours_SE[:, -1]), NUM_POINTS)
    grown_ST = [
        np.append(0.0, shares_E)[np.searchsorted(hours_E, at_T, side="right")]
        for shares_E, hours_E in zip(standing.shares, hours_SE, strict=True)
    ]
    yield _course(standing, "hours", at_T, np.array(grown_ST))


def _course(standing: SamplerStanding, against: str, at: Floats, shares: Floats) -> pd.DataFrame:
    missing = 1 - shares
    low, median, high = np.quantile(missing, QUARTILES, axis=0)
    return pd.DataFrame(
        {
            "benchmark": standing.benchmark,
            "sampler": standing.sampler,
            "against": against,
            "at": at,
            "low": low,
            "median": median,
            "high": high,
            "mean": missing.mean(axis=0),
        }
    )


def attainment(rows: pd.DataFrame, evaluations: int) -> pd.DataFrame:
    """Return the accuracies that the searches attain by cost (Fonseca & Fleming, 1996).

    Args:
        rows: rows of a ``SearchArchive``.
        evaluations: how many evaluations of each search count.

    Returns:
        The columns benchmark, sampler, cost, and low, median and high: the accuracies that 75, 50
        and 25 % of the searches reach at no more than that cost; NaN where so many reach none.
    """
    within = rows[rows["evaluation"] <= evaluations]
    parts = []
    for (benchmark, sampler), own in within.groupby(["benchmark", "sampler"], sort=False):
        of_all = rows.loc[rows["benchmark"] == benchmark, "cost"]
        cost_C = np.linspace(of_all.min(), of_all.max(), NUM_POINTS)
        best_SC = np.array([_best(search, cost_C) for _, search in own.groupby("seed")])
        low, median, high = np.quantile(best_SC, QUARTILES, axis=0, method="lower")
        parts.append(
            pd.DataFrame(
                {
                    "benchmark": benchmark,
                    "sampler": sampler,
                    "cost": cost_C,
                    "low": low,
                    "median": median,
                    "high": high,
                }
            ).replace(-np.inf, np.nan)
        )
    return pd.concat(parts)


def _best(search: pd.DataFrame, cost_C: Floats) -> Floats:
    """Return the best accuracy of a search at no more than each cost, minus infinity for none."""
    ordered = search.sort_values("cost")
    best = np.append(-np.inf, np.maximum.accumulate(ordered["accuracy"].to_numpy(float)))
    places = np.searchsorted(ordered["cost"].to_numpy(float), cost_C + ALMOST, side="right")
    return np.asarray(best[places])
