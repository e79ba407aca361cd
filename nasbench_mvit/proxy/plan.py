"""The trainings of a contest, and what came of them as a table."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.proxy.contest import Contestant
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.report import TrainingResult


def plan(
    contest: Mapping[str, Contestant],
    networks: Mapping[str, MobileViTSpec],
    fingerprint: Callable[[ProxyConfig], str],
) -> list[Training]:
    """Return all trainings of a contest, contestant by contestant.

    Args:
        contest: the recipes.
        networks: what they train.
        fingerprint: returns that of the images a recipe trains on.
    """
    images = {name: fingerprint(contestant.proxy) for name, contestant in contest.items()}
    return [
        Training(name, contestant.proxy, network, networks[network], images[name], seed)
        for name, contestant in contest.items()
        for seed in range(contestant.num_seeds)
        for network in _chosen(list(networks), contestant.num_networks)
    ]


def _chosen(names: list[str], count: int | None) -> list[str]:
    if count is None or count >= len(names):
        return names
    places = np.linspace(0, len(names) - 1, count).round().astype(int)
    return [names[place] for place in places]


def scores(results: Mapping[Training, TrainingResult]) -> pd.DataFrame:
    """Return one row per training: contestant, network, seed, final top-1, processor seconds."""
    return pd.DataFrame(
        {
            "contestant": training.contestant,
            "network": training.network,
            "seed": training.seed,
            "top1": result.top1,
            "cpu_seconds": result.cpu_seconds,
        }
        for training, result in results.items()
    )
