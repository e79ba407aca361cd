"""Who is compared: candidate proxies, the longer training they are held against, and networks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.training.proxy.recipe import ProxyConfig

REFERENCE = "reference"
REFERENCE_FACTOR = 6
DRAWN = 2_000


@dataclass(frozen=True)
class Recipe:
    """A recipe under test or to test against.

    Attributes:
        proxy: the recipe.
        num_seeds: trainings of each network.
        is_candidate: whether it is a proxy that is compared.
    """

    proxy: ProxyConfig
    num_seeds: int
    is_candidate: bool = False


def own_recipes(proxy: ProxyConfig) -> dict[str, Recipe]:
    """Return a proxy and the longer training of its kind that it is held against."""
    return {
        "proxy": Recipe(proxy, num_seeds=2, is_candidate=True),
        REFERENCE: Recipe(longer(proxy), num_seeds=1),
    }


def longer(proxy: ProxyConfig) -> ProxyConfig:
    """Return the same recipe with ``REFERENCE_FACTOR`` times the steps."""
    return proxy.model_copy(update={"steps": proxy.steps * REFERENCE_FACTOR})


def spread_networks(space: SearchSpace, count: int, seed: int) -> Mapping[str, MobileViTSpec]:
    """Return the published networks and ``count`` of ``space``, evenly spread over its MACs."""
    drawn = drawn_networks(space, seed)
    order = np.argsort(count_costs_many(drawn).macs)
    places = np.linspace(0, len(order) - 1, count).round().astype(int)
    networks = {f"network_{n:02d}": drawn[order[place]] for n, place in enumerate(places, start=1)}
    return {name: published(name) for name in BASELINES} | networks


def drawn_networks(space: SearchSpace, seed: int) -> list[MobileViTSpec]:
    """Return the candidates of ``spread_networks``, the same for any number that it chooses."""
    rng = np.random.default_rng(seed)
    return [space.sample(rng) for _ in range(DRAWN)]
