"""A search of many trials by many workers, on a simulated clock: driver, store and proposals.

Run by hand: ``python tests/benchmarks/bench_scale.py``. Stores of made-up trials are opened and
searched on by ``--workers`` simulated workers; samplers are asked after many trials, while as many
as there are workers run. It prints a line for each figure; the seconds are processor time.
``--counts`` and ``--asked-after`` take fewer trials than the default, which takes a quarter of an
hour.
"""

import argparse
import contextlib
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.trial import create_trial

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from driving import Silent
from fakes import ArithmeticEvaluator
from synthetic import append_trials, synthetic_records, wide_open

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost_aware import CostAwareSampler
from nasbench_mvit.search.engines.contract import Event, Finished
from nasbench_mvit.search.engines.simulated import SimulatedEngine
from nasbench_mvit.search.loop.driver import Driver
from nasbench_mvit.search.loop.rungs import Rungs, Standing
from nasbench_mvit.search.samplers.by_name import make_sampler
from nasbench_mvit.search.store.location import STORE_FILE, Location
from nasbench_mvit.search.store.opening import open_store
from nasbench_mvit.search.study.config import predictor_of
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.snapshot import take_snapshot

STUDY = "latency_iphone"
CHUNK = 5_000  # trials that are made at once
RUNG = 0.25  # a fraction of the training
ASKED = 5
GRID: dict[str, BaseDistribution] = {f"p{place}": IntDistribution(0, 5) for place in range(20)}


class Course(Silent):
    """Notes when the first event comes, since all workers are busy then, and counts trainings."""

    at: float | None = None
    num_finished = 0

    def event(self, event: Event) -> None:
        """Note the time, and the end of a training."""
        self.at = self.at or time.process_time()
        self.num_finished += isinstance(event, Finished)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--asked-after", type=int, nargs="*", default=[400, 1_500, 5_000])
    parser.add_argument("--workers", type=int, default=1_000)
    options = parser.parse_args()
    for count in options.counts:
        with tempfile.TemporaryDirectory() as name:
            search_on(Path(name), count, options.workers)
        answer(count)
    for count in options.asked_after:
        for running in (0, options.workers):
            for name in ("tpe", "cost_aware"):
                ask(name, count, running)
    return 0


def search_on(folder: Path, count: int, workers: int) -> None:
    """Open a store of ``count`` trials, and search on until each worker has trained two networks.

    What a trial costs is the mean over all that this begins, networks beyond the limits too.
    """
    name, config = wide_open(STUDY)
    config = config.with_options(sampler="random", trials=2 * count + 10 * workers)
    config = config.model_copy(update={"pruning": None})
    predictor = predictor_of(config)
    candidates = Candidates(SearchSpace.load(config.space), predictor, config.limits, config.rule)
    content = {"space": candidates.space.digest, "predictor": "-", "images": "-"}
    snapshot, location = take_snapshot(config, content), Location.in_folder(folder)
    open_store(location, name, snapshot).close()
    for first in range(0, count, CHUNK):
        records = synthetic_records(config, min(CHUNK, count - first), seed=first)
        append_trials(folder / STORE_FILE, records[3:] if first else records)
    megabytes = (folder / STORE_FILE).stat().st_size / 1e6
    before, began = num_trials(folder), time.process_time()
    store = open_store(location, name, snapshot)
    store.study.sampler = make_sampler("random", 0)
    engine = SimulatedEngine(ArithmeticEvaluator(), workers=workers)
    observer = Course()
    opened = time.process_time()
    Driver(config, candidates, store, engine, observer).run(
        lambda: observer.num_finished >= 2 * workers
    )
    ended = time.process_time()
    store.close()
    begun = num_trials(folder) - before
    busy = observer.at or ended
    print_line(
        f"{count:,} trials, {workers:,} workers",
        f"store {megabytes:.0f} MB, opened in {opened - began:.1f} s; all workers busy after "
        f"{busy - opened:.1f} s more; "
        f"{begun:,} trials of {1000 * (ended - opened) / begun:.1f} ms; memory "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most",
    )


def num_trials(folder: Path) -> int:
    """Return the number of trials in a store."""
    with contextlib.closing(sqlite3.connect(folder / STORE_FILE)) as connection:
        (count,) = connection.execute("SELECT COUNT(*) FROM trials").fetchone()
    return int(count)


def answer(count: int) -> None:
    """Ask whether trials go on at a rung that ``count`` others have reached."""
    rungs, rng = Rungs([RUNG], reduction=3.0), np.random.default_rng(0)
    for trial, (top1, cost) in enumerate(rng.random((count, 2))):
        rungs.enter(trial, RUNG, Standing(top1, cost, cost))
    began = time.process_time()
    for trial in range(ASKED):
        rungs.promotes(trial, RUNG)
    took = (time.process_time() - began) / ASKED
    print_line(f"an answer at a rung after {count:,} trials", f"{1000 * took:.0f} ms")


def ask(name: str, count: int, running: int) -> None:
    """Ask a sampler once after ``count`` random trials while ``running`` others run."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    rng = np.random.default_rng(0)

    def cost(params: Mapping[str, Any]) -> float:
        return float(sum(params.values()))

    sampler: BaseSampler = (
        CostAwareSampler({1: cost}) if name == "cost_aware" else make_sampler(name, 0)
    )
    study = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
    for place in range(count + running):
        params = {axis: int(rng.integers(6)) for axis in GRID}
        is_done = place < count
        study.add_trial(
            create_trial(
                params=params,
                distributions=GRID,
                values=(cost(params) ** 0.5 + rng.standard_normal(), cost(params))
                if is_done
                else None,
                state=optuna.trial.TrialState[("RUNNING", "COMPLETE")[is_done]],
            )
        )
    began = time.process_time()
    study.ask(fixed_distributions=GRID)
    print_line(
        f"{name} after {count:,} trials, {running:,} running",
        f"{time.process_time() - began:.2f} s",
    )


def print_line(case: str, figure: str) -> None:
    """Print one figure."""
    sys.stdout.write(f"{case}: {figure}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
