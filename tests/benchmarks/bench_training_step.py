"""Training step of S, XS and XXS: forward, loss, backward and AdamW, against other projects.

Run by hand: ``python tests/benchmarks/bench_training_step.py [--threads N]``. It prints how many
times as long the same step takes the other project.
"""

import sys
from collections.abc import Iterator

import torch
from pairing import Work, clock_for, take_turns, times_faster
from reporting import Conditions, Figure, benchmark
from rivals import SHORT_NAMES, images_for, logits, ours, peers
from torch import nn
from torch.nn import functional

from nasbench_mvit.architecture.published import BASELINES

SETTINGS = ((64, 128), (256, 4))  # pixels, batch
AIMS = {
    "transformers": 1.5,
    "transformers in channels_last": 1.5,
    "timm in channels_last": 1.1,
}


def training_step(model: nn.Module, pixels: int, batch: int) -> Work:
    """Return one update of the model as a function."""
    model.train()
    images = images_for(model, batch, pixels)
    labels = torch.arange(batch) % 1000
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(functional.cross_entropy(logits(model, images), labels))
        optimizer.step()

    return step


def measure(conditions: Conditions) -> Iterator[Figure]:
    """Yield the ratio to every peer."""
    for pixels, batch in SETTINGS:
        for name in BASELINES:
            rivals = {peer: training_step(model, pixels, batch) for peer, model in peers(name)}
            works = {"": training_step(ours(name), pixels, batch)} | rivals
            seconds = take_turns(works, conditions.rounds, clock_for(conditions.threads))
            for peer in rivals:
                yield Figure(
                    case=f"{SHORT_NAMES[name]}, {pixels} px, batch {batch}",
                    against=peer,
                    spread=times_faster(seconds[""], seconds[peer]),
                    aim=AIMS[peer],
                )


if __name__ == "__main__":
    sys.exit(benchmark(measure))
