"""Make ``docs/proxy/canvas_sizes.csv``: what a score owes to where things lie on a canvas.

A network trained on canvases of one size is scored on canvases of others, after the statistics of
its normalisation are taken anew there. What it has learnt of classes carries over; what it has
learnt of places does not. ``python tools/canvas_sizes.py [NETWORK …]`` takes a minute for
MobileViT-XXS by two recipes.
"""

import argparse
import itertools
from pathlib import Path

import pandas as pd
import torch
from pages.truth import RECIPES
from torch import nn

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.study.on_images import EMBEDDED_DATA
from nasbench_mvit.training.common.device import place
from nasbench_mvit.training.images.arrays import ImageData
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.training.proxy.hits import hits_of
from nasbench_mvit.training.proxy.loop import train_proxy_network
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.stream import CanvasStream

TABLE = Path(__file__).resolve().parents[1] / "docs/proxy/canvas_sizes.csv"
SIZES = (56, 64, 72)
RECALIBRATION_STEPS = 24
SEED = 0


def scores_by_size(name: str, proxy: ProxyConfig) -> dict[int, float]:
    """Train a published network; return its score on canvases of each size, a fraction."""
    data = _images(proxy)
    _, network = train_proxy_network(
        published(name), proxy, data, SEED, report=lambda _: None, device="cpu"
    )
    return {size: _score(network, proxy.model_copy(update={"input_size": size})) for size in SIZES}


def _score(network: nn.Module, proxy: ProxyConfig) -> float:
    placement = place("cpu")
    stream = CanvasStream(_images(proxy), proxy, seed=SEED + 1, device=placement.device)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the plain mean over what follows
    network.train()
    with torch.no_grad():
        for step in range(RECALIBRATION_STEPS):
            network(stream.training_batch(step).canvases)
    not_finite = ValueError(f"the output at {proxy.input_size} px is not finite")
    return float(hits_of(network, stream.validation_batches(), placement, not_finite).mean())


def _images(proxy: ProxyConfig) -> ImageData:
    return open_images(EMBEDDED_DATA, cell_size=proxy.cell_size)


def main() -> None:
    """Train, score and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=["mobilevit_xxs"], metavar="NETWORK")
    networks = parser.parse_args().networks
    rows = [
        {"recipe": recipe, "network": name, "size_px": size, "top1": round(top1, 4)}
        for (recipe, proxy), name in itertools.product(RECIPES.items(), networks)
        for size, top1 in scores_by_size(name, proxy).items()
    ]
    pd.DataFrame(rows).to_csv(TABLE, index=False)


if __name__ == "__main__":
    main()
