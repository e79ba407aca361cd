"""compare_samplers: how good a front samplers find on tables, with how many trainings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasbench_mvit.benchmark.compare.archive import KEY, ArchivedSearch, SearchArchive
from nasbench_mvit.benchmark.compare.by_name import find_sampler, load_problem
from nasbench_mvit.benchmark.compare.report import report
from nasbench_mvit.benchmark.compare.searches import planned, play
from nasbench_mvit.benchmark.compare.standings import (
    NUM_ATTAINED,
    SamplerStanding,
    attainment,
    counting,
    courses,
    standings,
)
from nasbench_mvit.errors import StudyError, check_count, check_types
from nasbench_mvit.figures import page as html
from nasbench_mvit.figures.samplers import attainment_figure, courses_figure
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.limits import num_workers
from nasbench_mvit.workbench.shared.observer import Observer
from nasbench_mvit.workbench.shared.run_directory import locked

FILE = "searches.parquet"
REPORT = "report.md"
COURSES = "courses.html"
ATTAINMENT = "attainment.html"


@dataclass(frozen=True, kw_only=True)
class SamplerComparison:
    """The result of ``compare_samplers`` for the searches of a folder.

    Attributes:
        standings: one for each sampler on each benchmark; none where the searches were interrupted.
        report: the same in tables, as Markdown; None likewise.
        files: what was written.
        num_left_out: searches of the folder with fewer networks than the others of their
            benchmark, or of an earlier content of its table.
        completion: ``DONE`` or ``INTERRUPTED``.
    """

    standings: tuple[SamplerStanding, ...]
    report: str | None
    files: tuple[Path, ...]
    num_left_out: int
    completion: Completion


def compare_samplers(
    benchmarks: Sequence[str],
    samplers: Sequence[str],
    *,
    num_seeds: int,
    trials: int,
    out: str | Path,
    workers: int | None = None,
    observer: Observer | None = None,
) -> SamplerComparison:
    """Let samplers search tables, and compare the fronts that they find.

    Searches that ``out`` holds are not repeated; more seeds, trials, samplers or benchmarks add to
    it.

    Args:
        benchmarks: names of tables, or ``MODULE:NAME`` of a ``Problem``.
        samplers: their names, or ``MODULE:FUNCTION`` of one that makes a sampler.
        num_seeds: searches of each sampler on each table, at least two.
        trials: networks of a search.
        out: folder of the searches and the report.
        workers: processes of one thread, by default one per core.
        observer: receives each search that ends.

    Raises:
        WorkbenchError: a benchmark or a sampler is unknown, or the folder is not usable.

    >>> comparison = compare_samplers(
    ...     ["mobilevit_table"], ["random"], num_seeds=2, trials=10, out="out", workers=1
    ... )
    >>> [(standing.sampler, standing.shares.shape) for standing in comparison.standings]
    [('random', (2, 10))]
    """
    observer = observer or Observer()
    check_types(benchmarks, str, "`benchmarks=` must be a list of names of tables", StudyError)
    check_types(samplers, str, "`samplers=` must be a list of names of samplers", StudyError)
    check_count(num_seeds, "`num_seeds=`", StudyError, least=2)
    check_count(trials, "`trials=`", StudyError)
    out, workers = expanded(out), num_workers(workers)
    for sampler in samplers:
        find_sampler(sampler)  # an unknown one is refused before anything runs
    problems = [load_problem(name) for name in benchmarks]
    entries = planned(problems, samplers, num_seeds=num_seeds, trials=trials)
    with locked(out, elsewhere="`out=`"):
        archive = SearchArchive(out / FILE)
        if not _search(entries, archive, workers, observer):
            return SamplerComparison(
                standings=(),
                report=None,
                files=(),
                num_left_out=0,
                completion=Completion.INTERRUPTED,
            )
        rows = counting(archive.rows)
        found, text = standings(rows), report(rows)
        costs = {problem.name: problem.cost_name for problem in problems}
        figures = {
            COURSES: courses_figure(courses(found)),
            ATTAINMENT: attainment_figure(attainment(rows, NUM_ATTAINED), costs),
        }
        contents = {REPORT: text}
        for name, figure in figures.items():
            alt = Path(name).stem
            contents[name] = html.page(alt, [html.figure(figure, alt)])
        for name, content in contents.items():
            write_text(out / name, content)
    return SamplerComparison(
        standings=tuple(found),
        report=text,
        files=tuple(out / name for name in contents),
        num_left_out=archive.rows.groupby(KEY).ngroups - rows.groupby(KEY).ngroups,
        completion=Completion.DONE,
    )


def _search(
    entries: Sequence[ArchivedSearch], archive: SearchArchive, workers: int, observer: Observer
) -> bool:
    """Make the searches that an archive lacks; return whether all are done."""
    missing = archive.missing(entries)
    ended = len(entries) - len(missing)
    observer.note(f"{len(entries)} searches, {ended} of them done")

    def observe(entry: ArchivedSearch, points: pd.DataFrame) -> None:
        nonlocal ended
        ended += 1
        observer.note(f"{ended} of {len(entries)}: {_line(entry, points)}")

    try:
        play(missing, archive, workers=workers, observe=observe)
    except KeyboardInterrupt:
        observer.note("paused; the same command again goes on from here")
        return False
    finally:
        archive.compact()
    return True


def _line(entry: ArchivedSearch, points: pd.DataFrame) -> str:
    last = points.iloc[-1]
    return (
        f"{entry.benchmark}, {entry.sampler}, seed {entry.seed}: {len(points)} networks, "
        f"{last.asks} proposals in {last.ask_s:.1f} s"
    )
