"""``python -m nasbench_mvit surrogate``: make a surrogate, or report its error."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cli.shared.command import Command, CommandGroup
from nasbench_mvit.cli.shared.engine_options import EngineOptions
from nasbench_mvit.cli.shared.options import Options, flag, included, option
from nasbench_mvit.cli.shared.parser import EXIT_CODES, directory, num_workers, positive_int
from nasbench_mvit.errors import counted

PERCENT = 100.0


@dataclass(frozen=True, kw_only=True)
class SurrogateBuildOptions(Options):
    """The options of ``surrogate build``."""

    study: str = option(
        default="latency_iphone",
        help="study whose space, proxy and images are used (default: latency_iphone)",
    )
    networks: int = option(
        type=positive_int,
        default=300,
        help="networks of the space to train, once each (default: 300)",
    )
    also: list[Path] = option(
        type=directory,
        action="append",
        metavar="PATH",
        help="directory of a search, or trainings.parquet of another run, whose trainings by the "
        "same proxy on the same images are added; may be repeated",
    )
    table: str = option(
        one_of="table",
        default="mobilevit_table",
        help="benchmark table whose trainings are added (default: mobilevit_table)",
    )
    without_table: bool = flag(one_of="table", help="add no table")
    workers: int | None = option(
        type=num_workers, help="processes of one thread (default: one per core)"
    )
    run_dir: Path | None = option(
        type=directory, help="where trainings are kept (default: runs/surrogate-SPACE)"
    )
    out: Path | None = option(
        type=directory, help="folder of the surrogate (default: surrogates/SPACE)"
    )
    engine: EngineOptions = included(EngineOptions)


@dataclass(frozen=True, kw_only=True)
class SurrogateEvalOptions(Options):
    """The options of ``surrogate eval``."""

    surrogate: str = option(
        "surrogate",
        type=str,
        nargs="?",
        default="mobilevit_family",
        help="name or folder (default: mobilevit_family)",
    )


def _build(options: SurrogateBuildOptions) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.shared.trainings_console import TrainingsConsole  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.open import find_study  # noqa: PLC0415
    from nasbench_mvit.workbench.surrogates import build_surrogate  # noqa: PLC0415

    _, study, _ = find_study(options.study)
    space = Path(study.space).stem
    run_dir = options.run_dir or Path("runs") / f"surrogate-{space}"
    out = options.out or Path("surrogates") / space
    console = plain_console()
    result = build_surrogate(
        study,
        num_networks=options.networks,
        table=None if options.without_table else options.table,
        also=options.also,
        run_dir=run_dir,
        out=out,
        workers=options.workers,
        ray=options.engine.ray(run_dir, options.workers),
        observer=TrainingsConsole(console),
    )
    if result.about is not None:
        for name, group in result.about.groups.items():
            console.print(
                f"{name}: {counted(group.networks, 'network')}; held out R² {group.r2:.2f}, "
                "Kendall τ "
                f"{group.tau:.2f}, error {group.error * PERCENT:.1f} points"
            )
        console.print(f"wrote {out}")
    return EXIT_CODES[result.completion]


def _evaluate(options: SurrogateEvalOptions) -> int:
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.surrogates import surrogate_sheet  # noqa: PLC0415

    plain_console().print(surrogate_sheet(options.surrogate))
    return 0


main = CommandGroup(
    prog="python -m nasbench_mvit surrogate",
    description="Surrogates: top-1 estimated from trainings that were run before.",
    verbs={
        "build": Command(
            about="train networks spread over a study's space and write the surrogate",
            description="Train networks spread over a study's space by its proxy, and write the "
            "surrogate fitted to them and to a benchmark table. The same command again resumes; "
            "what is there is written whenever it stops.",
            options=SurrogateBuildOptions,
            run=_build,
        ),
        "eval": Command(
            about="report the error of a surrogate on networks held out",
            description="Print how well the top-1 of networks held out is estimated, beside params "
            "and MACs alone and beside what the noise between seeds allows.",
            options=SurrogateEvalOptions,
            run=_evaluate,
        ),
    },
)
