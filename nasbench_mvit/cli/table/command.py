"""``python -m nasbench_mvit table``: make a benchmark table, and compare samplers on tables."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cli.shared.command import Command, CommandGroup
from nasbench_mvit.cli.shared.engine_options import EngineOptions
from nasbench_mvit.cli.shared.options import Options, included, option
from nasbench_mvit.cli.shared.parser import (
    EXIT_CODES,
    directory,
    names,
    num_workers,
    positive_int,
    seed_count,
)


@dataclass(frozen=True, kw_only=True)
class TableBuildOptions(Options):
    """The options of ``table build``."""

    study: str = option(
        default="table_iphone",
        help="study whose space, proxy and images are used (default: table_iphone)",
    )
    seeds: int = option(
        type=positive_int,
        default=3,
        help="trainings of sixty networks spread over all; of the others one (default: 3)",
    )
    workers: int | None = option(
        type=num_workers, help="processes of one thread (default: one per core)"
    )
    run_dir: Path | None = option(
        type=directory, help="where trainings are kept (default: runs/table-SPACE)"
    )
    out: Path | None = option(type=directory, help="folder of the table (default: tables/SPACE)")
    engine: EngineOptions = included(EngineOptions)


@dataclass(frozen=True, kw_only=True)
class CompareOptions(Options):
    """The options of ``table compare``."""

    samplers: tuple[str, ...] = option(
        type=names,
        default=names("random,nsga2,tpe,gp,cost_aware"),
        help="which to compare; one of yours as MODULE:FUNCTION (default: "
        "random,nsga2,tpe,gp,cost_aware)",
    )
    benchmarks: tuple[str, ...] = option(
        type=names,
        default=names("mobilevit_table,nasbench201"),
        help="on what; one of yours as MODULE:NAME (default: mobilevit_table,nasbench201; the "
        "latter needs the extra compare)",
    )
    seeds: int = option(type=seed_count, default=20, help="searches of each (default: 20)")
    trials: int = option(type=positive_int, default=100, help="networks of a search (default: 100)")
    workers: int | None = option(
        type=num_workers, help="processes of one thread (default: one per core)"
    )
    out: Path = option(
        type=directory,
        default=Path("runs/compare"),
        help="folder of searches.parquet and the report (default: runs/compare)",
    )


def _build(options: TableBuildOptions) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.shared.trainings_console import TrainingsConsole  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.open import find_study  # noqa: PLC0415
    from nasbench_mvit.workbench.tables import build_table  # noqa: PLC0415

    _, study, _ = find_study(options.study)
    space = Path(study.space).stem
    run_dir = options.run_dir or Path("runs") / f"table-{space}"
    console = plain_console()
    result = build_table(
        study,
        num_seeds=options.seeds,
        run_dir=run_dir,
        out=options.out or Path("tables") / space,
        workers=options.workers,
        ray=options.engine.ray(run_dir, options.workers),
        observer=TrainingsConsole(console),
    )
    if result.folder is not None:
        console.print(f"wrote {result.folder}")
    return EXIT_CODES[result.completion]


def _compare(options: CompareOptions) -> int:
    from nasbench_mvit.cli.shared.console import ConsoleNotes, plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.samplers import compare_samplers  # noqa: PLC0415

    console = plain_console()
    comparison = compare_samplers(
        options.benchmarks,
        options.samplers,
        num_seeds=options.seeds,
        trials=options.trials,
        out=options.out,
        workers=options.workers,
        observer=ConsoleNotes(console),
    )
    if comparison.num_left_out:
        console.print(
            f"{comparison.num_left_out} other searches of the folder are left out: they have fewer "
            "networks than the longest of their benchmark, or are of an earlier table"
        )
    if comparison.report is not None:
        first, *others = comparison.files
        console.print(comparison.report)
        console.print(f"see {first}, {', '.join(file.name for file in others)}")
    return EXIT_CODES[comparison.completion]


main = CommandGroup(
    prog="python -m nasbench_mvit table",
    description="Benchmark tables: every network of a space, trained.",
    verbs={
        "build": Command(
            about="train every network of a study's space and write the table",
            description="Train every network of a study's space by its proxy and write the table. "
            "The same command again resumes.",
            options=TableBuildOptions,
            run=_build,
        ),
        "compare": Command(
            about="compare samplers over tables",
            description="Let samplers search tables again and again, and compare how good a front "
            "each finds with how many trainings. The same command again resumes; more seeds or "
            "trials add to it.",
            options=CompareOptions,
            run=_compare,
        ),
    },
)
