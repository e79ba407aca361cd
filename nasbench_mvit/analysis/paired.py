"""Effects of settings, from trainings of every arm with the same few seeds.

Axes: A arms, S seeds, E effects, R residuals, B resamples.

A seed draws the same training images in the same order for all arms, so arms are compared seed by
seed. An effect is a weighted mean of the arms, with weights that sum to 0: the mean paired
difference for weights 1 and -1. Five paired differences alone hardly determine their spread, and
resampling only them gives intervals that are too narrow. So the noise is pooled over all arms, as
in ``comparison``, and the residuals of all arms, given the means of arm and seed, are resampled:
each resample has a mean and a spread, hence a t, and an interval covers as many standard errors as
95 % of these t (the bootstrap-t, Efron & Tibshirani 1993, §12.5, made symmetric). A few residuals
have no tails to resample, so an interval is never narrower than Student's. Arms are assumed to be
equally noisy.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from nasbench_mvit.analysis.significance import ALPHA, POWER, Estimate, holm, residual_sd

RESAMPLES = 4_000
CHUNK_ELEMENTS = 4_000_000
TINY = 1e-9  # a spread below this share of the values is rounding

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PairedEffect(Estimate):
    """One effect, the weighted mean in the unit of the scores.

    Its interval holds alone with probability 1 - ``ALPHA``; its p-value is corrected for the number
    of effects in its family.

    Attributes:
        differences: the effect in each seed, (S,).
    """

    differences: tuple[float, ...]


@dataclass(frozen=True)
class PairedEffects:
    """All effects of a study.

    Attributes:
        noise: residual standard deviation of one score given its arm and its seed.
        num_arms, num_seeds: size of the data.
        effects: the effects, in the order of the weights.
    """

    noise: float
    num_arms: int
    num_seeds: int
    effects: tuple[PairedEffect, ...]

    @property
    def freedom(self) -> int:
        """Degrees of freedom behind ``noise``."""
        return (self.num_arms - 1) * (self.num_seeds - 1)

    def smallest_effect(self, num_tests: int, num_seeds: int | None = None) -> float:
        """Return the true difference of two arms that is detected with probability ``POWER``.

        It is computed by the shifted t approximation, under the full correction for ``num_tests``
        effects.

        Args:
            num_tests: number of effects in the family, at least 1.
            num_seeds: number of seeds; None for the present number.
        """
        seeds = num_seeds or self.num_seeds
        freedom = (self.num_arms - 1) * (seeds - 1)
        reach = stats.t.ppf(1 - ALPHA / num_tests / 2, freedom) + stats.t.ppf(POWER, freedom)
        return float(reach) * self.noise * math.sqrt(2 / seeds)


def paired_effects(
    scores_AS: Floats,
    weights_EA: Floats,
    families: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> PairedEffects:
    """Return effects with intervals and corrected p-values.

    Args:
        scores_AS: the score of every arm with every seed; at least two of each.
        weights_EA: the weights of each effect, which sum to 0.
        families: the family of each effect; effects of one family are corrected together.
        resamples: number of resamples of the bootstrap.
        seed: seed of the bootstrap.

    Raises:
        ValueError: there is too little to compare.
    """
    if min(scores_AS.shape) < 2 or not len(weights_EA):
        raise ValueError(f"nothing to compare: {scores_AS.shape} scores, {len(weights_EA)} effects")
    num_arms, num_seeds = scores_AS.shape
    noise = residual_sd(scores_AS)
    if noise <= TINY * np.abs(scores_AS).max():
        noise = 0.0
    by_seed_ES = weights_EA @ scores_AS
    estimates_E = by_seed_ES.mean(1)
    errors_E = noise * np.sqrt((weights_EA**2).sum(1) / num_seeds)
    t_EB = _resampled_t(scores_AS, weights_EA, resamples, np.random.default_rng(seed))
    freedom = (num_arms - 1) * (num_seeds - 1)
    reach_E = np.maximum(
        np.nanquantile(t_EB, 1 - ALPHA, axis=1), stats.t.ppf(1 - ALPHA / 2, freedom)
    )
    raw_E = [
        _p_value(estimate, error, t_B, freedom)
        for estimate, error, t_B in zip(estimates_E, errors_E, t_EB, strict=True)
    ]
    p_E = _corrected(raw_E, families)
    return PairedEffects(
        noise=noise,
        num_arms=num_arms,
        num_seeds=num_seeds,
        effects=tuple(
            PairedEffect(
                estimate=float(estimate),
                low=float(estimate - reach * error),
                high=float(estimate + reach * error),
                p=float(p),
                differences=tuple(map(float, differences_S)),
            )
            for estimate, reach, error, p, differences_S in zip(
                estimates_E, reach_E, errors_E, p_E, by_seed_ES, strict=True
            )
        ),
    )


def _resampled_t(
    scores_AS: Floats, weights_EA: Floats, resamples: int, rng: np.random.Generator
) -> Floats:
    """Return the absolute t value of each effect in each resample, (E, B).

    It is NaN for a resample without spread.
    """
    num_arms, num_seeds = scores_AS.shape
    residuals_AS = (
        scores_AS - scores_AS.mean(1, keepdims=True) - scores_AS.mean(0) + scores_AS.mean()
    )
    residuals_R = residuals_AS.ravel()
    norms_E = np.sqrt((weights_EA**2).sum(1) / num_seeds)
    freedom = (num_arms - 1) * (num_seeds - 1)
    parts = []
    at_once = max(1, CHUNK_ELEMENTS // residuals_R.size)
    for start in range(0, resamples, at_once):
        count = min(at_once, resamples - start)
        drawn_BAS = rng.choice(residuals_R, size=(count, num_arms, num_seeds))
        means_BA = drawn_BAS.mean(2)
        rest_BAS = (
            drawn_BAS
            - means_BA[:, :, np.newaxis]
            - drawn_BAS.mean(1, keepdims=True)
            + drawn_BAS.mean((1, 2), keepdims=True)
        )
        spread_B = np.sqrt((rest_BAS**2).sum((1, 2)) / freedom)
        missed_EB = np.abs(weights_EA @ means_BA.T)
        scale_EB = norms_E[:, np.newaxis] * spread_B
        has_spread_EB = scale_EB > TINY * np.abs(residuals_R).max()
        unknown_EB = np.full_like(missed_EB, np.nan)
        parts.append(np.divide(missed_EB, scale_EB, out=unknown_EB, where=has_spread_EB))
    t_EB = np.concatenate(parts, axis=1)
    return np.where(np.isnan(t_EB).all(1, keepdims=True), 0.0, t_EB)


def _p_value(estimate: float, error: float, t_B: Floats, freedom: int) -> float:
    """Return the p-value of an effect: the larger of the bootstrap's and Student's."""
    if not error:
        return 0.0 if estimate else 1.0
    reached = abs(estimate) / error
    resampled = (1 + np.sum(t_B >= reached)) / (1 + np.sum(~np.isnan(t_B)))
    return max(float(resampled), 2 * float(stats.t.sf(reached, freedom)))


def _corrected(raw_E: Sequence[float], families: Sequence[str]) -> Floats:
    corrected_E = np.empty(len(raw_E))
    for family in set(families):
        places = [place for place, name in enumerate(families) if name == family]
        corrected_E[places] = holm([raw_E[place] for place in places])
    return corrected_E
