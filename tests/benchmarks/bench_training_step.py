"""Training step of S, XS, XXS and v2: forward, loss, backward and AdamW, against other projects.

timm has no dropout inside the transformer, so it is compared with ours without it, too.

Run by hand: ``python tests/benchmarks/bench_training_step.py [--threads N]``. It prints how many
times as long the same step takes the other project.
"""

import sys
from collections.abc import Iterator

import torch
from pairing import Work, clock_for, take_turns, times_faster
from reporting import Conditions, Figure, benchmark
from rivals import SHORT_NAMES, TIMM, images_for, logits, ours, peers
from torch import nn
from torch.nn import functional

from nasbench_mvit.architecture.published import published

SETTINGS = ((64, 128), (256, 4))  # pixels, batch
AIMS = {
    "transformers": 1.5,
    "transformers in channels_last": 1.5,
    TIMM: 1.1,
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
        for name, short_name in SHORT_NAMES.items():
            forms = {"": ours(name)}
            rivals = dict(peers(name))
            if TIMM in rivals and published(name).dropout:
                forms[" without dropout inside"] = ours(name, dropout=0.0)
            works = {
                key: training_step(model, pixels, batch) for key, model in (forms | rivals).items()
            }
            seconds = take_turns(works, conditions.rounds, clock_for(conditions.threads))
            for peer in rivals:
                for form in forms if peer == TIMM else [""]:
                    yield Figure(
                        case=f"{short_name}{form}, {pixels} px, batch {batch}",
                        against=peer,
                        spread=times_faster(seconds[form], seconds[peer]),
                        aim=AIMS[peer],
                    )


if __name__ == "__main__":
    sys.exit(benchmark(measure))
