"""The trainings of recipes, and what came of them as a table."""

from collections.abc import Callable, Mapping

import pandas as pd

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.proxy.recipes import Recipe
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import TrainingResult


def plan(
    recipes: Mapping[str, Recipe],
    networks: Mapping[str, MobileViTSpec],
    fingerprint: Callable[[ProxyConfig], str],
) -> list[Training]:
    """Return all trainings of all recipes, one recipe after the other.

    Args:
        recipes: the recipes.
        networks: what they train.
        fingerprint: returns that of the images a recipe trains on.
    """
    images = {name: fingerprint(recipe.proxy) for name, recipe in recipes.items()}
    return [
        Training(name, recipe.proxy, network, networks[network], images[name], seed)
        for name, recipe in recipes.items()
        for seed in range(recipe.num_seeds)
        for network in networks
    ]


def scores(results: Mapping[Training, TrainingResult]) -> pd.DataFrame:
    """Return one row per training: recipe, network, seed, final top-1, processor seconds."""
    return pd.DataFrame(
        {
            "recipe": training.recipe,
            "network": training.network,
            "seed": training.seed,
            "top1": result.top1,
            "cpu_seconds": result.cpu_seconds,
        }
        for training, result in results.items()
    )
