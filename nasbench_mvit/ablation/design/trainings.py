"""The trainings of an ablation."""

from collections.abc import Callable

from nasbench_mvit.ablation.design.design import Ablation
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.training.proxy.recipe import ProxyConfig


def plan(ablation: Ablation, fingerprint: Callable[[ProxyConfig], str]) -> list[Training]:
    """Return all trainings, seed by seed, so that a cut leaves whole seeds.

    Args:
        ablation: the study.
        fingerprint: returns that of the images a recipe trains on.
    """
    images = {arm.proxy.cell_size: fingerprint(arm.proxy) for arm in ablation.arms}
    return [
        Training(
            recipe=arm.name,
            proxy=arm.proxy,
            network=ablation.network,
            spec=arm.spec,
            images=images[arm.proxy.cell_size],
            seed=seed,
        )
        for seed in ablation.config.all_seeds
        for arm in ablation.arms
    ]
