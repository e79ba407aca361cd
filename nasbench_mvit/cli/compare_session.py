"""The comparison of samplers: what ``cli.table compare`` runs once its options are known."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console

from nasbench_mvit.benchmark.compare.archive import Entry, SearchArchive
from nasbench_mvit.benchmark.compare.contestants import contestant, load_problem
from nasbench_mvit.benchmark.compare.tournament import planned, play
from nasbench_mvit.cli.parser import INTERRUPTED
from nasbench_mvit.cli.run_directory import locked, termination_as_interrupt

FILE = "searches.parquet"


def compare(
    console: Console,
    *,
    benchmarks: Sequence[str],
    samplers: Sequence[str],
    num_seeds: int,
    trials: int,
    workers: int,
    out: Path,
) -> int:
    """Search what is missing; return the exit code.

    Raises:
        WorkbenchError: a benchmark or a sampler is unknown, or the folder is not usable.
    """
    for sampler in samplers:
        contestant(sampler)  # an unknown one is refused before anything runs
    problems = [load_problem(name) for name in benchmarks]
    entries = planned(problems, samplers, num_seeds=num_seeds, trials=trials)
    with locked(out, elsewhere="--out"), termination_as_interrupt():
        archive = SearchArchive(out / FILE)
        missing = archive.missing(entries)
        ended = len(entries) - len(missing)
        console.print(f"{len(entries)} searches, {ended} of them done")

        def observe(entry: Entry, points: pd.DataFrame) -> None:
            nonlocal ended
            ended += 1
            console.print(f"{ended} of {len(entries)}: {_line(entry, points)}")

        try:
            play(missing, archive, workers=workers, observe=observe)
        except KeyboardInterrupt:
            console.print("stopped; the same command again goes on from here")
            return INTERRUPTED
    return 0


def _line(entry: Entry, points: pd.DataFrame) -> str:
    last = points.iloc[-1]
    return (
        f"{entry.benchmark}, {entry.sampler}, seed {entry.seed}: {len(points)} networks, "
        f"{last.asks} proposals in {last.ask_s:.1f} s"
    )
