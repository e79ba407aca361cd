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
PASSES = 4  # over the embedded images, by the training on plain ones
EMBEDDED_IMAGES = 10_000


@dataclass(frozen=True)
class Recipe:
    """A recipe under test or to test against.

    Attributes:
        proxy: the recipe.
        num_seeds: trainings of each network.
        num_networks: how many of the networks it trains, spread over all of them; None for all.
        is_candidate: whether it is a proxy that is compared.
    """

    proxy: ProxyConfig
    num_seeds: int
    num_networks: int | None = None
    is_candidate: bool = False


def mosaic_recipes() -> dict[str, Recipe]:
    """Return the recipes behind the default proxy, over the embedded garments.

    The candidates are mosaics of 2×2 and the same number of pixels as plain images. The reference
    is at least six times longer than any of them and a harder task, 16 garments on one canvas:
    trained that long on 2×2 mosaics MobileViT-S and XXS come out alike, there is nothing left
    to learn. ``plain_to_the_end`` checks the reference by ordinary classification.
    """
    return {
        "mosaic_112": _candidate(ProxyConfig(mosaic_grid=2, input_size=64, steps=112)),
        "mosaic_168": _candidate(ProxyConfig(mosaic_grid=2, input_size=64, steps=168)),
        REFERENCE: Recipe(ProxyConfig(mosaic_grid=4, input_size=64, steps=1008), num_seeds=1),
        "plain_112": _candidate(
            ProxyConfig(mosaic_grid=1, input_size=32, batch_size=128, steps=112)
        ),
        "plain_to_the_end": Recipe(
            ProxyConfig(
                mosaic_grid=1,
                input_size=64,
                batch_size=64,
                steps=PASSES * EMBEDDED_IMAGES // 64,
                learning_rate=2e-3,
            ),
            num_seeds=1,
            num_networks=5,
        ),
    }


def own_recipes(proxy: ProxyConfig) -> dict[str, Recipe]:
    """Return the recipes that tell whether ``proxy`` may be trusted on other images."""
    return {
        "proxy": _candidate(proxy),
        REFERENCE: Recipe(longer(proxy), num_seeds=1),
    }


def _candidate(proxy: ProxyConfig) -> Recipe:
    return Recipe(proxy, num_seeds=2, is_candidate=True)


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
