"""What is compared with what: sums of the arms' means, each arm with its weight.

Axes: A arms.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from nasbench_mvit.ablation.design.arms import Arm
from nasbench_mvit.ablation.design.combinations import combinations, other
from nasbench_mvit.ablation.design.config import AblationConfig

ARMS, FACTORS = "arms against the reference", "effects of factors over all arms"
TWO_FACTORS = 2


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """A weighted sum of the arms' means that is an effect.

    Attributes:
        factor, setting, reference: what changes, to what, from what.
        weights: one for each arm, (A,).
        family: effects of one family are corrected for their number together.
        arm: place of the arm it is about, None where it is about several.
    """

    factor: str
    setting: str
    reference: str
    weights: tuple[float, ...]
    family: str
    arm: int | None


def contrasts_of(config: AblationConfig, arms: list[Arm]) -> Iterator[Contrast]:
    """Yield each arm against the first; of a whole factorial also main effects and interactions."""
    reference = arms[0]
    for place, arm in enumerate(arms[1:], start=1):
        weights = [0.0] * len(arms)
        weights[place], weights[0] = 1.0, -1.0
        changed = [f for f in arm.choices if arm.choices[f] != reference.choices[f]]
        yield Contrast(
            factor=" and ".join(changed) if len(changed) <= TWO_FACTORS else "all factors",
            setting=", ".join(dict.fromkeys(arm.choices[f] for f in changed)),
            reference=", ".join(dict.fromkeys(reference.choices[f] for f in changed)),
            weights=tuple(weights),
            family=ARMS,
            arm=place,
        )
    is_whole = len(arms) == len(list(combinations(config)))
    if config.design == "full_factorial" and len(config.factors) > 1 and is_whole:
        yield from _main_effects(config, arms)
        yield from _interactions(config, arms)


def _main_effects(config: AblationConfig, arms: list[Arm]) -> Iterator[Contrast]:
    """Yield for each setting its mean over all others' settings against the default's."""
    for name, factor in config.factors.items():
        for setting in factor.settings:
            if setting != factor.default:
                yield Contrast(
                    factor=f"{name}, over all other settings",
                    setting=setting,
                    reference=factor.default,
                    weights=_one_way(arms, name, setting, factor.default),
                    family=FACTORS,
                    arm=None,
                )


def _interactions(config: AblationConfig, arms: list[Arm]) -> Iterator[Contrast]:
    """Yield by how much one factor's effect differs with another's setting, for factors of two."""
    pairs = itertools.combinations(config.factors.items(), 2)
    for (first, one), (second, two) in pairs:
        if len(one.settings) != TWO_FACTORS or len(two.settings) != TWO_FACTORS:
            continue
        changed = other(config, first)
        weights = tuple(
            part * (1.0 if arm.choices[second] != two.default else -1.0)
            for part, arm in zip(_one_way(arms, first, changed, one.default), arms, strict=True)
        )
        yield Contrast(
            factor=f"{first}: effect of {one.default} → {changed}",
            setting=f"{second} {other(config, second)}",
            reference=f"{second} {two.default}",
            weights=tuple(2 * weight for weight in weights),
            family=FACTORS,
            arm=None,
        )


def _one_way(arms: list[Arm], factor: str, setting: str, default: str) -> tuple[float, ...]:
    """Return weights of the mean over arms of a setting less that over arms of the default."""
    there = sum(arm.choices[factor] == setting for arm in arms)
    return tuple(
        1 / there
        if arm.choices[factor] == setting
        else -1 / there
        if arm.choices[factor] == default
        else 0.0
        for arm in arms
    )
