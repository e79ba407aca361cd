"""What was tried in the builder: other ways to compute the same network, against the chosen one.

Run by hand: ``python tests/benchmarks/bench_alternatives.py [--threads N]``. A ratio above 1 says
that the alternative is faster, in training at the shape of the default proxy, in inference at the
deployed size.
"""

import sys
from collections.abc import Callable, Iterator, Mapping

from bench_inference import inference
from bench_training_step import training_step
from pairing import Work, clock_for, take_turns, times_faster
from reporting import Conditions, Figure, benchmark
from rivals import SHORT_NAMES, ours
from torch import nn
from variants import INFERENCE, TRAINING, Variant

NAMES = ("mobilevit_s", "mobilevit_xxs")
CHOSEN = "as built"
Make = Callable[[nn.Module, int, int], Work]
SETTINGS: tuple[tuple[str, Make, Mapping[str, Variant], int, int], ...] = (
    ("training step", training_step, TRAINING, 64, 32),
    ("inference", inference, INFERENCE, 256, 4),
)


def within(variant: Variant, work: Work) -> Work:
    """Return the work, done in the variant's context."""

    def surrounded() -> None:
        with variant.context():
            work()

    return surrounded


def measure(conditions: Conditions) -> Iterator[Figure]:
    """Yield how much faster each alternative is."""
    for task, make, variants, pixels, batch in SETTINGS:
        for name in NAMES:
            works = {CHOSEN: make(ours(name), pixels, batch)} | {
                label: within(variant, make(variant.change(ours(name)), pixels, batch))
                for label, variant in variants.items()
            }
            seconds = take_turns(works, conditions.rounds, clock_for(conditions.threads))
            for label in variants:
                yield Figure(
                    case=f"{label}: {task} of {SHORT_NAMES[name]}, {pixels} px, batch {batch}",
                    against=CHOSEN,
                    spread=times_faster(seconds[label], seconds[CHOSEN]),
                )


if __name__ == "__main__":
    sys.exit(benchmark(measure))
