"""The comparison of samplers: what the command runs once its options are known."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console

from nasbench_mvit.benchmark.compare.archive import KEY, Entry, SearchArchive
from nasbench_mvit.benchmark.compare.contestants import contestant, load_problem
from nasbench_mvit.benchmark.compare.report import report
from nasbench_mvit.benchmark.compare.standings import (
    NUM_ATTAINED,
    attainment,
    counting,
    courses,
    standings,
)
from nasbench_mvit.benchmark.compare.tournament import planned, play
from nasbench_mvit.cli.shared.parser import INTERRUPTED
from nasbench_mvit.figures.samplers import attainment_figure, courses_figure
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.workbench.shared.run_directory import locked

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
    with locked(out, elsewhere="--out"):
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
        _report(console, archive.rows, {p.name: p.cost_name for p in problems}, out)
    return 0


def _report(console: Console, rows: pd.DataFrame, costs: dict[str, str], out: Path) -> None:
    """Print what the searches of the folder that compare have come to, and draw it."""
    kept = counting(rows)
    others = rows.groupby(KEY).ngroups - kept.groupby(KEY).ngroups
    if others:
        console.print(
            f"{others} other searches of the folder are left out: they have fewer networks than "
            "the longest of their benchmark, or are of an earlier table"
        )
    rows = kept
    text = report(rows)
    console.print(text, markup=False, soft_wrap=True)
    pages = {
        "courses.html": courses_figure(courses(standings(rows))),
        "attainment.html": attainment_figure(attainment(rows, NUM_ATTAINED), costs),
    }
    for name, figure in pages.items():
        with atomic_write(out / name) as file:
            file.write(figure.to_html(config={"displaylogo": False}).encode())
    with atomic_write(out / "report.md") as file:
        file.write(text.encode())
    console.print(f"see {out / 'report.md'}, {', '.join(pages)}")


def _line(entry: Entry, points: pd.DataFrame) -> str:
    last = points.iloc[-1]
    return (
        f"{entry.benchmark}, {entry.sampler}, seed {entry.seed}: {len(points)} networks, "
        f"{last.asks} proposals in {last.ask_s:.1f} s"
    )
