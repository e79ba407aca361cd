"""Inference of S, XS, XXS and v2, as built and with normalisations fused, against other projects.

Run by hand: ``python tests/benchmarks/bench_inference.py [--threads N]``. It prints how many times
as long the same images take the other project.
"""

import sys
from collections.abc import Iterator

import torch
from pairing import Work, clock_for, take_turns, times_faster
from reporting import Conditions, Figure, benchmark
from rivals import SHORT_NAMES, images_for, logits, ours, peers
from torch import nn

from nasbench_mvit.models.inference import fuse_norms

SETTINGS = ((64, 128), (256, 4))  # pixels, batch
AIM = 1.2


def inference(model: nn.Module, pixels: int, batch: int) -> Work:
    """Return one forward pass of the model as a function."""
    model.eval()
    images = images_for(model, batch, pixels)

    def forward() -> None:
        with torch.inference_mode():
            logits(model, images)

    return forward


def measure(conditions: Conditions) -> Iterator[Figure]:
    """Yield the ratios of both our forms to every peer."""
    for pixels, batch in SETTINGS:
        for name, short_name in SHORT_NAMES.items():
            model = ours(name)
            forms = {"": model, ", fused": fuse_norms(model)}
            rivals = dict(peers(name))
            works = {key: inference(net, pixels, batch) for key, net in (forms | rivals).items()}
            seconds = take_turns(works, conditions.rounds, clock_for(conditions.threads))
            for peer in rivals:
                for form in forms:
                    yield Figure(
                        case=f"{short_name}{form}, {pixels} px, batch {batch}",
                        against=peer,
                        spread=times_faster(seconds[form], seconds[peer]),
                        aim=AIM,
                    )


if __name__ == "__main__":
    sys.exit(benchmark(measure))
