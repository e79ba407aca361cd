"""Training on all cores: one-thread workers side by side, one worker of many threads, and the heap.

Run by hand: ``python tests/benchmarks/bench_workers.py``. Every work is the search's own engine
training the same number of batches of the default proxy's shape; its processes stay between rounds.
"""

import contextlib
import functools
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from unittest import mock

from bench_training_step import training_step
from pairing import Work, take_turns, times_faster
from reporting import Conditions, Figure, benchmark
from rivals import SHORT_NAMES, ours

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.io.system.machine import usable_cores
from nasbench_mvit.search.engines import worker_threads
from nasbench_mvit.search.engines.contract import Failed, Finished, Job
from nasbench_mvit.search.engines.local import LocalEngine
from nasbench_mvit.search.engines.worker_threads import worker_environment
from nasbench_mvit.search.evaluators.proxy import Report
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import TrainingResult

STEPS = 8
PATIENCE_S = 600.0


@dataclass(frozen=True)
class TrainingSteps:
    """An evaluator that only trains: ``STEPS`` updates of one of the published networks."""

    name: str

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        del spec, seed, report
        proxy = ProxyConfig()
        step = training_step(ours(self.name), proxy.input_size, proxy.batch_size)
        for _ in range(STEPS):
            step()
        return TrainingResult(curve=(), device="cpu", precision="float32")


def run_jobs(engine: LocalEngine, name: str, jobs: int) -> None:
    """Run as many jobs as given, as many at once as the engine has slots."""
    waiting = [Job(trial, 0, published(name)) for trial in range(jobs)]
    running = 0
    while waiting or running:
        while waiting and running < engine.slots:
            engine.submit(waiting.pop())
            running += 1
        for event in engine.wait(PATIENCE_S):
            if isinstance(event, Failed):
                raise SystemExit(f"a worker failed: {event.reason}")
            running -= isinstance(event, Finished)


def measure(conditions: Conditions) -> Iterator[Figure]:
    """Yield, for every network, what many workers and what the kept heap are worth."""
    for variable in worker_environment(1):  # the engines set them, or leave them, for each worker
        os.environ.pop(variable, None)
    cores = usable_cores()
    for name in BASELINES:
        evaluator = TrainingSteps(name)
        engines = {
            "workers": LocalEngine(evaluator, workers=cores),
            "threads": LocalEngine(evaluator, workers=1, threads=cores),
            "usual heap": LocalEngine(evaluator, workers=cores),
        }
        works: dict[str, Work] = {
            key: functools.partial(run_jobs, engine, name, cores) for key, engine in engines.items()
        }
        with contextlib.ExitStack() as stack:
            for engine in engines.values():
                stack.callback(engine.close)
            with mock.patch.object(worker_threads, "_KEEP_HEAP", {}):
                works["usual heap"]()  # its processes start, and keep, the system's settings
            seconds = take_turns(works, conditions.rounds, time.perf_counter)
        for against, key in (
            (f"one worker of {cores} threads", "threads"),
            (f"{cores} such workers without the heap's settings", "usual heap"),
        ):
            yield Figure(
                case=f"{SHORT_NAMES[name]}, {cores} workers of one thread",
                against=against,
                spread=times_faster(seconds["workers"], seconds[key]),
            )


if __name__ == "__main__":
    sys.exit(benchmark(measure))
