"""What the trainings of recipes say: rank correlation with the reference, noise, cost."""

import enum
import math
from dataclasses import dataclass

import pandas as pd

from nasbench_mvit.analysis.ranking import Correlation, spearman
from nasbench_mvit.analysis.statistics import mean, pooled_sd
from nasbench_mvit.proxy.recipes import REFERENCE

TRUSTED_RHO = 0.85
USABLE_RHO = 0.7
MIN_NETWORKS = 5


class Trust(enum.StrEnum):
    """Whether a proxy may be trusted to rank networks."""

    YES = "may be trusted"
    CARE = "may be used with care"
    NO = "must not be trusted"
    UNKNOWN = "has too few trainings to be trusted"


@dataclass(frozen=True)
class RecipeVerdict:
    """The verdict on one recipe.

    Attributes:
        recipe: its name.
        agreement: rank correlation of its mean over seeds with the reference's, over the networks
            that both trained.
        of_one_seed: rank correlation of a single seed with the reference's, mean over seeds: what a
            search that trains once gets. NaN where no seed has enough networks.
        within_limit: as ``agreement``, over the networks within a study's latency limit.
        between_seeds: rank correlation of its first seed with its second, which bounds what it can
            reach.
        noise: standard deviation between seeds, pooled over networks, as a fraction.
        spread: standard deviation between the networks' means, as a fraction.
        core_seconds: mean processor time of a training over networks.
        core_seconds_of: the same for single networks, by name.
    """

    recipe: str
    agreement: Correlation | None
    of_one_seed: float
    within_limit: Correlation | None
    between_seeds: Correlation | None
    noise: float
    spread: float
    core_seconds: float
    core_seconds_of: dict[str, float]

    @property
    def trust(self) -> Trust:
        """The verdict, by the point estimate; the interval stands beside it."""
        if self.agreement is None or math.isnan(self.agreement.rho):
            return Trust.UNKNOWN
        if self.agreement.rho >= TRUSTED_RHO:
            return Trust.YES
        return Trust.CARE if self.agreement.rho >= USABLE_RHO else Trust.NO


def recipe_verdicts(scores: pd.DataFrame, within_limit: set[str]) -> list[RecipeVerdict]:
    """Return the verdict on each recipe; none without trainings of the reference.

    Args:
        scores: one row per training, as ``trainings.scores`` returns them.
        within_limit: names of the networks that keep the latency limit.
    """
    names = list(dict.fromkeys(scores.recipe))
    if REFERENCE not in names:
        return []
    target = scores[scores.recipe == REFERENCE].groupby("network").top1.mean()
    return [_verdict(name, scores[scores.recipe == name], target, within_limit)
            for name in names]  # fmt: skip


def _verdict(name: str, rows: pd.DataFrame, target: pd.Series, within: set[str]) -> RecipeVerdict:
    by_seed = rows.pivot_table(index="network", columns="seed", values="top1")
    twice = {0, 1} <= set(by_seed.columns)
    mean = by_seed.mean(axis="columns")
    is_reference = name == REFERENCE
    seconds = rows.groupby("network").cpu_seconds.mean()
    return RecipeVerdict(
        recipe=name,
        agreement=None if is_reference else _agreement(mean, target),
        of_one_seed=math.nan if is_reference else _of_one_seed(by_seed, target),
        within_limit=None if is_reference else _agreement(mean[mean.index.isin(within)], target),
        between_seeds=_agreement(by_seed[0], by_seed[1]) if twice else None,
        noise=pooled_sd([row.dropna().tolist() for _, row in by_seed.iterrows()]),
        spread=float(mean.std(ddof=1)),
        core_seconds=float(seconds.mean()),
        core_seconds_of={str(network): float(value) for network, value in seconds.items()},
    )


def _of_one_seed(by_seed: pd.DataFrame, target: pd.Series) -> float:
    found = [_agreement(by_seed[seed], target) for seed in by_seed.columns]
    return mean([correlation.rho for correlation in found if correlation is not None])


def _agreement(first: pd.Series, second: pd.Series) -> Correlation | None:
    both = pd.concat([first, second], axis="columns", keys=["first", "second"]).dropna()
    return spearman(both["first"], both["second"]) if len(both) >= MIN_NETWORKS else None
