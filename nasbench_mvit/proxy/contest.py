"""Who is compared: candidate proxies, the longer training they are held against, and networks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.training.recipe import ProxyConfig

REFERENCE = "reference"
REFERENCE_FACTOR = 6
DRAWN = 2_000


@dataclass(frozen=True)
class Contestant:
    """A recipe under test or to test against.

    Attributes:
        proxy: the recipe.
        num_seeds: trainings of each network.
        num_networks: how many of the networks it trains, spread over all of them; None for all.
    """

    proxy: ProxyConfig
    num_seeds: int
    num_networks: int | None = None


def mosaic_contest() -> dict[str, Contestant]:
    """Return the contest behind the default proxy, over the embedded garments.

    ``half`` asks whether less would do, ``plain`` whether mosaics are needed: the same number of
    pixels as single images. ``plain_to_the_end`` checks the reference itself by a task of its
    own: ordinary classification for 20 passes over the images.
    """
    default = ProxyConfig()
    return {
        "default": Contestant(default, num_seeds=2),
        REFERENCE: Contestant(longer(default), num_seeds=1),
        "half": Contestant(default.model_copy(update={"steps": default.steps // 2}), num_seeds=2),
        "plain": Contestant(
            default.model_copy(
                update={
                    "mosaic_grid": 1,
                    "input_size": default.cell_size,
                    "batch_size": default.batch_size * default.images_per_canvas,
                }
            ),
            num_seeds=2,
        ),
        "plain_to_the_end": Contestant(
            default.model_copy(
                update={
                    "mosaic_grid": 1,
                    "input_size": default.cell_size,
                    "batch_size": 64,
                    "steps": 20 * 10_000 // 64,
                    "learning_rate": 2e-3,
                }
            ),
            num_seeds=1,
            num_networks=5,
        ),
    }


def own_contest(proxy: ProxyConfig) -> dict[str, Contestant]:
    """Return the contest that tells whether ``proxy`` may be trusted on other images."""
    return {
        "default": Contestant(proxy, num_seeds=2),
        REFERENCE: Contestant(longer(proxy), num_seeds=1),
    }


def longer(proxy: ProxyConfig) -> ProxyConfig:
    """Return the same recipe with ``REFERENCE_FACTOR`` times the steps."""
    return proxy.model_copy(update={"steps": proxy.steps * REFERENCE_FACTOR})


def spread_networks(space: SearchSpace, count: int, seed: int) -> Mapping[str, MobileViTSpec]:
    """Return the published networks and ``count`` of ``space``, evenly spread over its MACs."""
    rng = np.random.default_rng(seed)
    drawn = [space.sample(rng) for _ in range(DRAWN)]
    order = np.argsort(count_costs_many(drawn).macs)
    places = np.linspace(0, len(order) - 1, count).round().astype(int)
    networks = {f"network_{n:02d}": drawn[order[place]] for n, place in enumerate(places, start=1)}
    return {name: published(name) for name in BASELINES} | networks
