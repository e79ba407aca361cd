"""torch.compile on top of the builder: what a compiled training step gains and what it costs first.

Run by hand: ``python tests/benchmarks/bench_compile.py [--threads N]``. It needs a C++ compiler and
some minutes. Compiled code is cached on disk by torch; a fresh folder is used here, for the first
call to be a first call.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator

from bench_training_step import training_step
from pairing import Spread, clock_for, take_turns, times_faster
from reporting import Conditions, Figure, benchmark
from rivals import SHORT_NAMES, ours

NAMES = ("mobilevit_s", "mobilevit_xxs")
PIXELS, BATCH = 64, 32  # of the default proxy


def measure(conditions: Conditions) -> Iterator[Figure]:
    """Yield the ratio of each network's step, and the seconds until the first compiled one ends."""
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
        for name in NAMES:
            case = f"{SHORT_NAMES[name]} compiled, {PIXELS} px, batch {BATCH}"
            model = ours(name)
            model.compile()  # at its first call
            compiled = training_step(model, PIXELS, BATCH)
            began = time.perf_counter()
            compiled()
            first_s = time.perf_counter() - began
            works = {"compiled": compiled, "as built": training_step(ours(name), PIXELS, BATCH)}
            seconds = take_turns(works, conditions.rounds, clock_for(conditions.threads))
            ratio = times_faster(seconds["compiled"], seconds["as built"])
            yield Figure(case=case, against="as built", spread=ratio)
            once = Spread(first_s, first_s, first_s)
            yield Figure(case=case, against="first step, once", spread=once, unit="s")


if __name__ == "__main__":
    sys.exit(benchmark(measure))
