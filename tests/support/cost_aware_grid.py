"""A small space with a formula for accuracy and cost, and how it is searched."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.samplers import BaseSampler

Params = Mapping[str, Any]
Values = tuple[float, ...]

GRID: dict[str, BaseDistribution] = {
    "width": IntDistribution(1, 6),
    "depth": CategoricalDistribution((1, 2, 4)),
    "kind": CategoricalDistribution(("conv", "pool", "none")),
}
GRID_SIZE = 6 * 3 * 3
WORTH = {"conv": 1.0, "pool": 0.5, "none": 0.0}


def cost(params: Params) -> float:
    return float(params["width"] * params["depth"])


def accuracy(params: Params) -> float:
    width, depth = int(params["width"]), int(params["depth"])
    return WORTH[params["kind"]] + math.log(width + depth) - 0.3 * abs(width - 4)


def both(params: Params) -> Values:
    return accuracy(params), cost(params)


def study_of(sampler: BaseSampler, storage: str | None = None) -> optuna.Study:
    return optuna.create_study(
        directions=["maximize", "minimize"],
        sampler=sampler,
        storage=storage,
        study_name="one",
        load_if_exists=True,
    )


def go(
    study: optuna.Study, count: int, objective: Callable[[Params], Values] = both
) -> list[dict[str, Any]]:
    asked = []
    for _ in range(count):
        trial = study.ask(fixed_distributions=GRID)
        asked.append(trial.params)
        study.tell(trial, objective(trial.params))
    return asked


def distinct(asked: list[dict[str, Any]]) -> int:
    return len({tuple(params.values()) for params in asked})


def share_of_best(sampler: BaseSampler, count: int) -> float:
    """Return how many of the truly best networks are among the first."""
    names = list(GRID)
    points = {
        (w, d, k): both(dict(zip(names, (w, d, k), strict=True)))
        for w in range(1, 7)
        for d in (1, 2, 4)
        for k in WORTH
    }
    best = {
        key
        for key, (high, low) in points.items()
        if not any(h >= high and c <= low and (h, c) != (high, low) for h, c in points.values())
    }
    asked = {tuple(params[name] for name in names) for params in go(study_of(sampler), count)}
    return len(best & asked) / len(best)
