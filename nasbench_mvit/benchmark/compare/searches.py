"""Many searches by worker processes, each kept as it ends."""

import concurrent.futures
import functools
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool

import pandas as pd

from nasbench_mvit.benchmark.compare.archive import ArchivedSearch, SearchArchive
from nasbench_mvit.benchmark.compare.by_name import find_sampler, load_problem
from nasbench_mvit.benchmark.compare.problem import Problem
from nasbench_mvit.benchmark.compare.search import search
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io.system.machine import THREAD_VARIABLES
from nasbench_mvit.search.engines.worker_threads import started_with


def planned(
    problems: Sequence[Problem], samplers: Sequence[str], *, num_seeds: int, trials: int
) -> list[ArchivedSearch]:
    """Return the searches of a comparison, those with the first seed first."""
    return [
        ArchivedSearch(problem.name, problem.digest, sampler, seed, trials)
        for seed in range(num_seeds)
        for problem in problems
        for sampler in samplers
    ]


def play(
    entries: Sequence[ArchivedSearch],
    archive: SearchArchive,
    *,
    workers: int,
    observe: Callable[[ArchivedSearch, pd.DataFrame], None],
) -> None:
    """Run searches and archive each as it ends.

    Args:
        entries: the searches to run.
        archive: the archive to add them to.
        workers: number of single-threaded processes.
        observe: called with each search that has ended.

    Raises:
        WorkbenchError: a problem or a sampler cannot be loaded, or a worker died.
    """
    with started_with(dict.fromkeys(THREAD_VARIABLES, "1")), _pool(workers) as pool:
        running = {pool.submit(_search, entry): entry for entry in entries}
        try:
            for done in concurrent.futures.as_completed(running):
                points = done.result()
                archive.add(running[done], points)
                observe(running[done], points)
        except BrokenProcessPool:
            raise StudyError(
                "a worker died, of a kill or for want of memory. What was finished is kept; run "
                "the same command again, perhaps with fewer `workers=`."
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.terminate()  # a search that runs can take minutes


def _pool(workers: int) -> concurrent.futures.ProcessPoolExecutor:
    """Return where searches are made.

    Raises:
        StudyError: there is no room for its semaphores.
    """
    context = multiprocessing.get_context("spawn")
    try:
        return concurrent.futures.ProcessPoolExecutor(workers, context, _ignore_interrupts)
    except OSError as problem:
        raise StudyError(
            f"worker processes share semaphores, which cannot be made ({problem.strerror}). On "
            "Linux they lie in /dev/shm: make some kB of room there, or give the container more "
            "(docker run --shm-size=64m), then run the same command again."
        ) from None


def _ignore_interrupts() -> None:
    """Leave Ctrl-C, which every process of a terminal gets, to the one that started this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _search(entry: ArchivedSearch) -> pd.DataFrame:
    """Make one search, in a worker."""
    problem = _problem(entry.benchmark)
    return search(problem, find_sampler(entry.sampler), seed=entry.seed, trials=entry.trials)


@functools.cache
def _problem(name: str) -> Problem:
    return load_problem(name)
