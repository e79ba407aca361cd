"""Time and processor time of a proposal on an idle and on a loaded machine, beside Optuna's.

Run by hand: ``python tests/benchmarks/bench_proposal_threads.py``. Libraries may use all cores, as
in a user's own study; under load one spinning process holds each core. Each sampler is asked for
cells of NAS-Bench-201 after 100 random trials, in a process of its own.
"""

import argparse
import contextlib
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from nasbench_mvit.io.system.machine import THREAD_VARIABLES

SAMPLERS = ("cost_aware", "tpe", "gp")
NUM_TRIALS = 100
NUM_ASKED = 10


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samplers", nargs="*", default=SAMPLERS, choices=SAMPLERS)
    parser.add_argument("--ask", choices=SAMPLERS, help="ask one here, and print two numbers")
    options = parser.parse_args()
    if options.ask:
        sys.stdout.write("{} {}\n".format(*ask(options.ask)))
        return 0
    cores = os.cpu_count() or 1
    environment = {key: v for key, v in os.environ.items() if key not in THREAD_VARIABLES}
    for machine, spinning in (("idle", 0), ("loaded", cores)):
        with load(spinning):
            for sampler in options.samplers:
                answer = subprocess.run(
                    [sys.executable, __file__, "--ask", sampler],
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout.split()
                wall_s, cpu_s = map(float, answer[-2:])
                sys.stdout.write(
                    f"{machine}, {cores} cores: {sampler} takes {1000 * wall_s:.0f} ms and "
                    f"{1000 * cpu_s:.0f} ms of processor time a proposal\n"
                )
                sys.stdout.flush()
    return 0


def ask(name: str) -> tuple[float, float]:
    """Return the seconds and the processor seconds of a proposal, of all threads."""
    import optuna  # noqa: PLC0415 - the environment must be set first
    from bench_samplers import cells, size  # noqa: PLC0415

    from nasbench_mvit.cost_aware import CostAwareSampler  # noqa: PLC0415
    from nasbench_mvit.search.samplers.by_name import make_sampler  # noqa: PLC0415

    makers: dict[str, Callable[[], optuna.samplers.BaseSampler]] = {
        "cost_aware": lambda: CostAwareSampler({1: size}),
        "tpe": lambda: make_sampler("tpe", 0),
        "gp": lambda: optuna.samplers.GPSampler(seed=0),
    }
    work = cells(makers[name](), NUM_TRIALS)
    work()  # loads libraries
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(NUM_ASKED):
        work()
    return (time.perf_counter() - wall) / NUM_ASKED, (time.process_time() - cpu) / NUM_ASKED


@contextlib.contextmanager
def load(count: int) -> Iterator[None]:
    """Hold ``count`` cores inside."""
    context = multiprocessing.get_context("spawn")
    spinners = [context.Process(target=spin, daemon=True) for _ in range(count)]
    for spinner in spinners:
        spinner.start()
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.terminate()
            spinner.join()


def spin() -> None:
    """Compute for ever."""
    while True:
        sum(range(10_000))


if __name__ == "__main__":
    sys.exit(main())
