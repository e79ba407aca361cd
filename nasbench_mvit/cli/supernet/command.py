"""``python -m nasbench_mvit supernet``: train a supernet, or report how it ranks networks."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cli.shared.command import Command, CommandGroup
from nasbench_mvit.cli.shared.options import Options, option
from nasbench_mvit.cli.shared.parser import (
    EXIT_CODES,
    directory,
    natural_int,
    num_workers,
    positive_int,
)

DEVICE_HELP = "auto, cpu, cuda, cuda:N or mps (default: auto)"


@dataclass(frozen=True, kw_only=True)
class SupernetTrainOptions(Options):
    """The options of ``supernet train``."""

    study: str = option(
        default="latency_iphone",
        help="study whose space, proxy and images are used (default: latency_iphone)",
    )
    updates: int = option(
        type=positive_int,
        default=2000,
        help="updates, each of six networks on the same images (default: 2000)",
    )
    seed: int = option(
        type=natural_int, default=0, help="seed of weights, networks and images (default: 0)"
    )
    device: str = option(default="auto", help=DEVICE_HELP)
    run_dir: Path | None = option(
        type=directory, help="where the checkpoint is kept (default: runs/supernet-STUDY)"
    )
    out: Path | None = option(
        type=Path,
        metavar="FILE",
        help="where the supernet goes (default: supernets/STUDY.safetensors)",
    )


@dataclass(frozen=True, kw_only=True)
class SupernetEvalOptions(Options):
    """The options of ``supernet eval``."""

    supernet: str = option("supernet", type=str, help="file of a supernet")
    against: str = option(
        type=str,
        required=True,
        metavar="TABLE",
        help="networks trained alone by the same proxy: name or folder of a benchmark table, or a "
        "trainings.parquet of a run",
    )
    surrogate: str | None = option(
        type=str,
        metavar="NAME",
        help="surrogate of the same proxy and images to rank the networks too, name or folder",
    )
    device: str = option(default="auto", help=DEVICE_HELP)
    run_dir: Path | None = option(
        type=directory,
        help="where scores and the report are kept (default: runs/supernet-eval-SUPERNET)",
    )


@dataclass(frozen=True, kw_only=True)
class SupernetGainOptions(Options):
    """The options of ``supernet gain``."""

    supernet: str = option("supernet", type=str, help="file of a supernet")
    study: str = option(
        default="latency_iphone",
        help="study whose space, proxy and images are used (default: latency_iphone)",
    )
    updates: list[int] = option(
        action="append",
        type=positive_int,
        required=True,
        help="updates of the trainings, in place of the recipe's; may be repeated",
    )
    networks: int = option(
        type=positive_int, default=8, help="networks drawn from the space (default: 8)"
    )
    seeds: int = option(
        type=positive_int, default=2, help="trainings of each, of each kind (default: 2)"
    )
    workers: int | None = option(type=num_workers, help="trainings at once (default: one per core)")
    run_dir: Path | None = option(
        type=directory,
        help="where trainings and the report are kept (default: runs/supernet-gain-SUPERNET)",
    )


def _gain(options: SupernetGainOptions) -> int:
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.shared.trainings_console import TrainingsConsole  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.open import find_study  # noqa: PLC0415
    from nasbench_mvit.workbench.supernets.gain import fine_tuning_gain  # noqa: PLC0415

    _, study, _ = find_study(options.study)
    console = plain_console()
    found = fine_tuning_gain(
        study,
        options.supernet,
        updates=options.updates,
        num_networks=options.networks,
        num_seeds=options.seeds,
        run_dir=options.run_dir or Path("runs") / f"supernet-gain-{Path(options.supernet).stem}",
        workers=options.workers,
        observer=TrainingsConsole(console),
    )
    if found.gain is not None:
        console.print(found.gain.markdown())
        console.print(f"see {found.file}")
    return EXIT_CODES[found.completion]


@dataclass(frozen=True, kw_only=True)
class SupernetFrontsOptions(Options):
    """The options of ``supernet fronts``."""

    runs: list[str] = option(
        "runs", type=str, nargs="+", help="run directories of searches with --finalists"
    )


def _fronts(options: SupernetFrontsOptions) -> int:
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.supernets.fronts import compare_fronts  # noqa: PLC0415

    plain_console().print(compare_fronts(options.runs).markdown())
    return 0


def _train(options: SupernetTrainOptions) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.shared.next_command import next_line  # noqa: PLC0415
    from nasbench_mvit.cli.shared.trainings_console import TrainingsConsole  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.open import find_study  # noqa: PLC0415
    from nasbench_mvit.workbench.supernets.train import train_supernet  # noqa: PLC0415

    name, study, _ = find_study(options.study)
    console = plain_console()
    result = train_supernet(
        study,
        updates=options.updates,
        seed=options.seed,
        device=options.device,
        run_dir=options.run_dir or Path("runs") / f"supernet-{name}",
        out=options.out or Path("supernets") / f"{name}.safetensors",
        observer=TrainingsConsole(console),
    )
    if result.file is not None:
        console.print(f"wrote {result.file}")
        shared: dict[str, str | Path] = {"--evaluator": "supernet", "--supernet": result.file}
        console.print(next_line("search", {"--study": options.study, **shared}))
    return EXIT_CODES[result.completion]


def _evaluate(options: SupernetEvalOptions) -> int:
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.shared.trainings_console import TrainingsConsole  # noqa: PLC0415
    from nasbench_mvit.workbench.supernets.rank import rank_supernet  # noqa: PLC0415

    console = plain_console()
    found = rank_supernet(
        options.supernet,
        against=options.against,
        surrogate=options.surrogate,
        run_dir=options.run_dir or Path("runs") / f"supernet-eval-{Path(options.supernet).stem}",
        device=options.device,
        observer=TrainingsConsole(console),
    )
    if found.ranks is not None:
        console.print(found.ranks.markdown())
        console.print(f"see {found.file}")
    return EXIT_CODES[found.completion]


main = CommandGroup(
    prog="python -m nasbench_mvit supernet",
    description="Supernets: one network whose weights all networks of a space share.",
    verbs={
        "train": Command(
            about="train a supernet of a study's space",
            description="Train one network whose weights all networks of a study's space share, "
            "by the study's proxy on its images. The same command again resumes.",
            options=SupernetTrainOptions,
            run=_train,
        ),
        "eval": Command(
            about="correlate its ranks of networks with those of trainings",
            description="Score networks that were trained alone with the shared weights, and "
            "print rank correlations, beside those of params and MACs alone. The same command "
            "again resumes.",
            options=SupernetEvalOptions,
            run=_evaluate,
        ),
        "gain": Command(
            about="train networks from shared and from random weights",
            description="Train some networks of a study's space from the weights of a supernet and "
            "from random ones, with equal updates, and print what the former gain. The same "
            "command again resumes.",
            options=SupernetGainOptions,
            run=_gain,
        ),
        "fronts": Command(
            about="compare the fronts of searches by their finalists",
            description="Print the hypervolume of the finalists of searches by trainings and with "
            "a supernet, all trained from random weights, beside what each search cost.",
            options=SupernetFrontsOptions,
            run=_fronts,
        ),
    },
)
