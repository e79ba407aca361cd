"""Which combinations of settings a design has, and what they are called."""

import itertools
from collections.abc import Iterator, Mapping

from nasbench_mvit.ablation.design.config import AblationConfig

Choices = Mapping[str, str]


def combinations(config: AblationConfig) -> Iterator[Choices]:
    """Yield the settings of each arm, the reference's first."""
    factors = config.factors
    default = {name: factor.default for name, factor in factors.items()}
    if config.design == "full_factorial":
        ordered = [
            [factor.default, *(s for s in factor.settings if s != factor.default)]
            for factor in factors.values()
        ]
        for combination in itertools.product(*ordered):
            yield dict(zip(factors, combination, strict=True))
    elif config.design == "one_factor":
        yield default
        for name, factor in factors.items():
            for setting in factor.settings:
                if setting != factor.default:
                    yield default | {name: setting}
    else:
        whole = {name: other(config, name) for name in factors}
        yield whole
        for name, factor in factors.items():
            yield whole | {name: factor.default}
        if len(factors) > 1:
            yield default


def other(config: AblationConfig, factor: str) -> str:
    """Return the setting of a factor of two that is not its default."""
    settings = config.factors[factor].settings
    return next(setting for setting in settings if setting != config.factors[factor].default)


def title(config: AblationConfig, choices: Choices) -> str:
    """Return the name of an arm: its settings, with their factors where there are several."""
    if len(choices) == 1:
        return next(iter(choices.values()))
    if config.design == "full_factorial":
        return ", ".join(f"{factor} {setting}" for factor, setting in choices.items())
    reference = next(combinations(config))
    changed = {factor: s for factor, s in choices.items() if s != reference[factor]}
    if not changed:
        return "reference"
    if len(changed) == len(choices):
        return "all factors changed"
    return ", ".join(f"{factor}: {setting}" for factor, setting in changed.items())
