"""Score trained networks on canvases of other sizes, the statistics of normalisation taken anew.

``python tools/canvas_sizes.py [NETWORK …]`` makes ``docs/proxy/canvas_sizes.csv``: what a network
has learnt of classes carries over to another size, what it has learnt of places does not. It takes
a minute for MobileViT-XXS by two recipes. With ``--ablation NAME`` it trains the arms of an
ablation with each seed and scores them at the sizes of the multi-scale sampler, into
``docs/ablations/NAME_sizes.csv``; trainings that are there are kept.
"""

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch
from pages.truth import RECIPES
from torch import nn

from nasbench_mvit.ablation.design.config import load_ablation
from nasbench_mvit.ablation.design.design import make_ablation
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.search.study.on_images import EMBEDDED_DATA
from nasbench_mvit.training.common.device import place
from nasbench_mvit.training.images.arrays import ImageData
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.training.proxy.hits import hits_of
from nasbench_mvit.training.proxy.loop import train_proxy_network
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.stream import CanvasStream

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIZES = (56, 64, 72)
RECALIBRATION_STEPS = 24
SEED = 0


def scores_by_size(
    spec: MobileViTSpec, proxy: ProxyConfig, seed: int, sizes: Sequence[int]
) -> tuple[dict[int, float], float]:
    """Train a network; return its score at each size, a fraction, and the processor seconds."""
    data = _images(proxy)
    result, network = train_proxy_network(
        spec, proxy, data, seed, report=lambda _: None, device="cpu"
    )
    one_size = proxy.model_copy(update={"input_sizes": None})
    scores = {
        size: _score(network, one_size.model_copy(update={"input_size": size})) for size in sizes
    }
    return scores, result.cpu_seconds


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
    parser.add_argument("--ablation", help="score the arms of this study")
    options = parser.parse_args()
    if options.ablation:
        score_arms(options.ablation)
        return
    rows = []
    for (recipe, proxy), name in itertools.product(RECIPES.items(), options.networks):
        scores, seconds = scores_by_size(published(name), proxy, SEED, SIZES)
        of_training = {"recipe": recipe, "network": name, "cpu_seconds": round(seconds, 1)}
        rows += [
            of_training | {"size_px": size, "top1": round(top1, 4)} for size, top1 in scores.items()
        ]
    pd.DataFrame(rows).to_csv(DOCS / "proxy/canvas_sizes.csv", index=False)


def score_arms(study: str) -> None:
    """Train the arms of an ablation that its table lacks, and write it after each."""
    ablation = make_ablation(*load_ablation(study))
    (sizes,) = {arm.proxy.input_sizes for arm in ablation.arms if arm.proxy.input_sizes}
    path = DOCS / f"ablations/{study}_sizes.csv"
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    done = {(row["arm"], row["seed"]) for row in rows}
    for seed, arm in itertools.product(ablation.config.all_seeds, ablation.arms):
        if (arm.name, seed) not in done:
            scores, _ = scores_by_size(arm.spec, arm.proxy, seed, sizes)
            rows += [
                {"arm": arm.name, "seed": seed, "size_px": size, "top1": round(top1, 4)}
                for size, top1 in scores.items()
            ]
            pd.DataFrame(rows).to_csv(path, index=False)


if __name__ == "__main__":
    main()
