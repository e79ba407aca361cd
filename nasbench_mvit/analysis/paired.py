"""Effects of settings, from trainings of every arm with the same few seeds.

Axes: A arms, S seeds, E effects.

A seed draws the same training images in the same order for all arms, so arms are compared seed by
seed. An effect is a weighted mean of the arms, with weights that sum to 0: the mean paired
difference for weights 1 and -1. Its interval is Student's, from the spread of its own S values.
Pooling the noise of all arms would give more degrees of freedom, but arms are not equally noisy:
two scores of one training hardly differ between seeds, while a setting at which trainings are about
to fail does. (Networks of a front are more alike, and ``significance`` pools theirs.)
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from nasbench_mvit.analysis.significance import ALPHA, POWER, Estimate, holm

TINY = 1e-9  # a spread below this share of the values is rounding

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PairedEffect(Estimate):
    """One effect, the weighted mean in the unit of the scores.

    Its interval holds alone with probability 1 - ``ALPHA``; its p-value is corrected for the number
    of effects in its family.

    Attributes:
        differences: the effect in each seed, (S,).
        spread: standard deviation of these.
    """

    differences: tuple[float, ...]
    spread: float


def paired_effects(
    scores_AS: Floats, weights_EA: Floats, families: Sequence[str]
) -> tuple[PairedEffect, ...]:
    """Return effects with intervals and corrected p-values, in the order of the weights.

    Args:
        scores_AS: the score of every arm with every seed; at least two of each.
        weights_EA: the weights of each effect, which sum to 0.
        families: the family of each effect; effects of one family are corrected together.

    Raises:
        ValueError: there is too little to compare.
    """
    if min(scores_AS.shape) < 2 or not len(weights_EA):
        raise ValueError(f"nothing to compare: {scores_AS.shape} scores, {len(weights_EA)} effects")
    num_seeds = scores_AS.shape[1]
    by_seed_ES = weights_EA @ scores_AS
    estimates_E, spreads_E = by_seed_ES.mean(1), by_seed_ES.std(1, ddof=1)
    spreads_E[spreads_E <= TINY * np.abs(scores_AS).max()] = 0.0
    errors_E = spreads_E / math.sqrt(num_seeds)
    reaches_E = stats.t.ppf(1 - ALPHA / 2, num_seeds - 1) * errors_E
    raw_E = [_p_value(*row, num_seeds - 1) for row in zip(estimates_E, errors_E, strict=True)]
    return tuple(
        PairedEffect(
            estimate=float(estimate),
            low=float(estimate - reach),
            high=float(estimate + reach),
            p=float(p),
            differences=tuple(map(float, differences_S)),
            spread=float(spread),
        )
        for estimate, reach, p, differences_S, spread in zip(
            estimates_E, reaches_E, _corrected(raw_E, families), by_seed_ES, spreads_E, strict=True
        )
    )


def smallest_effect(spread: float, *, num_seeds: int, num_tests: int) -> float:
    """Return the true effect that is detected with probability ``POWER``.

    It is computed by the shifted t approximation, under the full correction for ``num_tests``
    effects.

    Args:
        spread: standard deviation of the effect between seeds.
        num_seeds: number of seeds, at least 2.
        num_tests: number of effects in the family, at least 1.
    """
    freedom = num_seeds - 1
    reach = stats.t.ppf(1 - ALPHA / num_tests / 2, freedom) + stats.t.ppf(POWER, freedom)
    return float(reach) * spread / math.sqrt(num_seeds)


def _p_value(estimate: float, error: float, freedom: int) -> float:
    if not error:
        return 0.0 if estimate else 1.0
    return 2 * float(stats.t.sf(abs(estimate) / error, freedom))


def _corrected(raw_E: Sequence[float], families: Sequence[str]) -> Floats:
    corrected_E = np.empty(len(raw_E))
    for family in set(families):
        places = [place for place, name in enumerate(families) if name == family]
        corrected_E[places] = holm([raw_E[place] for place in places])
    return corrected_E
