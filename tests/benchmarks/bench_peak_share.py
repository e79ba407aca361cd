"""Share of the machine's matrix-product peak that a training step reaches.

Run by hand: ``python tests/benchmarks/bench_peak_share.py [--threads N]``. The peak is what
``torch.mm`` of two large float32 matrices reaches in the same round. The work of a step is taken,
as usual, as three times the multiply-adds of the forward pass; what normalisations, activations,
dropout and the optimizer compute is not counted, so a share of 1 is out of reach.
"""

import sys
from collections.abc import Iterator

import torch
from bench_training_step import SETTINGS, training_step
from pairing import Spread, clock_for, take_turns
from reporting import Conditions, Figure, benchmark
from rivals import SHORT_NAMES, ours

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.cost.analytic import count_costs

SIDE = 2048
FORWARD_AND_BACKWARD = 3
AIMS = {"mobilevit_s": 0.75}


def measure(conditions: Conditions) -> Iterator[Figure]:
    """Yield the share of each network."""
    left, right = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    for pixels, batch in SETTINGS:
        for name in BASELINES:
            macs = FORWARD_AND_BACKWARD * batch * count_costs(published(name), pixels).macs
            seconds = take_turns(
                {
                    "step": training_step(ours(name), pixels, batch),
                    "peak": lambda: torch.mm(left, right),
                },
                conditions.rounds,
                clock_for(conditions.threads),
            )
            pairs = zip(seconds["step"], seconds["peak"], strict=True)
            yield Figure(
                case=f"{SHORT_NAMES[name]}, {pixels} px, batch {batch}",
                against=f"torch.mm, {SIDE} × {SIDE}",
                spread=Spread.of([macs / step / (SIDE**3 / peak) for step, peak in pairs]),
                unit="of the peak",
                aim=AIMS.get(name),
            )


if __name__ == "__main__":
    sys.exit(benchmark(measure))
