"""Many searches by worker processes, each kept as it ends."""

import concurrent.futures
import functools
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pandas as pd

from nasbench_mvit.benchmark.compare.archive import Entry, SearchArchive
from nasbench_mvit.benchmark.compare.contest import search
from nasbench_mvit.benchmark.compare.contestants import contestant, load_problem
from nasbench_mvit.benchmark.compare.problem import Problem
from nasbench_mvit.machine import THREAD_VARIABLES


def planned(
    problems: Sequence[Problem], samplers: Sequence[str], *, num_seeds: int, trials: int
) -> list[Entry]:
    """Return the searches of a comparison, those with the first seed first."""
    return [
        Entry(problem.name, problem.digest, sampler, seed, trials)
        for seed in range(num_seeds)
        for problem in problems
        for sampler in samplers
    ]


def play(
    entries: Sequence[Entry],
    archive: SearchArchive,
    *,
    workers: int,
    observe: Callable[[Entry, pd.DataFrame], None],
) -> None:
    """Make searches and keep each as it ends.

    Args:
        entries: what to search.
        archive: keeps them.
        workers: processes of one thread.
        observe: is told of each that has ended.

    Raises:
        WorkbenchError: a problem or a sampler cannot be loaded.
    """
    context = multiprocessing.get_context("spawn")
    with (
        _environment(dict.fromkeys(THREAD_VARIABLES, "1")),
        concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool,
    ):
        running = {pool.submit(_search, entry): entry for entry in entries}
        try:
            for done in concurrent.futures.as_completed(running):
                points = done.result()
                archive.add(running[done], points)
                observe(running[done], points)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _search(entry: Entry) -> pd.DataFrame:
    """Make one search, in a worker."""
    problem = _problem(entry.benchmark)
    return search(problem, contestant(entry.sampler), seed=entry.seed, trials=entry.trials)


@functools.cache
def _problem(name: str) -> Problem:
    return load_problem(name)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Let processes that start inside have ``variables``: a library reads them only as it loads."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
