"""The plan of a table's trainings."""

from collections.abc import Sequence

import numpy as np

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import TableError
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.training.proxy.recipe import ProxyConfig

MAX_NETWORKS = 10_000
NUM_REPEATED = 60
RECIPE = "table"


def table_networks(space: SearchSpace) -> list[MobileViTSpec]:
    """Return the published networks, then all others of a space in random order.

    Trained in this order, the finished networks are a random sample at any time. The published ones
    belong to every table, since every study begins with them.

    Raises:
        TableError: the space is too large for a table.
    """
    if space.size > MAX_NETWORKS:
        raise TableError(
            f"a table holds every network of its space, and {space.name} has {space.size:,}: more "
            f"than {MAX_NETWORKS:,}. Choose a space like mobilevit_table."
        )
    first = {spec.id: spec for spec in map(published, BASELINES)}
    others = [spec for spec in space.enumerate() if spec.id not in first]
    order = np.random.default_rng(0).permutation(len(others))
    return [*first.values(), *(others[place] for place in order)]


def repeated_networks(networks: Sequence[MobileViTSpec]) -> list[MobileViTSpec]:
    """Return the networks for all seeds: the published and ``NUM_REPEATED`` spread over MACs.

    They are in the order of ``networks``.
    """
    ranked = np.argsort(count_costs_many(networks).macs, kind="stable")
    count = min(NUM_REPEATED, len(networks))
    places = np.linspace(0, len(networks) - 1, count).round().astype(int)
    chosen = {networks[place].id for place in ranked[places]}
    chosen |= {published(name).id for name in BASELINES}
    return [spec for spec in networks if spec.id in chosen]


def plan(
    networks: Sequence[MobileViTSpec], proxy: ProxyConfig, images: str, seeds: Sequence[int]
) -> list[Training]:
    """Return the trainings: all networks with the first seed, then some with the others.

    Of these the published ones come first, whose noise between seeds every search reports.

    Args:
        networks: networks of the table, in the order of training.
        proxy: the recipe.
        images: fingerprint of the images.
        seeds: seeds of the repeated networks.
    """
    repeated = repeated_networks(networks)
    known = {published(name).id for name in BASELINES}
    again = [(spec, seed) for seed in seeds[1:] for spec in repeated]
    again.sort(key=lambda training: training[0].id not in known)
    return [
        Training(RECIPE, proxy, spec.id, spec, images, seed)
        for spec, seed in [*((spec, seeds[0]) for spec in networks), *again]
    ]
