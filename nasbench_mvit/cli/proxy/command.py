"""``python -m nasbench_mvit proxy``: does a study's proxy rank networks as it should?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.engine_options import EngineOptions
from nasbench_mvit.cli.shared.options import Options, included, option
from nasbench_mvit.cli.shared.parser import (
    EXIT_CODES,
    Parser,
    directory,
    natural_int,
    num_workers,
    positive_int,
)

LONGER, IMAGENET = "longer", "imagenet"
NETWORKS, SEEDS = 12, 3


@dataclass(frozen=True, kw_only=True)
class ProxyOptions(Options):
    """The options of ``proxy``."""

    study: str = option(
        type=str,
        default="latency_iphone",
        help="study whose space, limits, proxy and images are used",
    )
    predictor: str | None = option(help="latency predictor in place of the study's")
    data: str | None = option(type=str, help="images in place of the study's, as search takes them")
    against: str = option(
        type=str,
        choices=(LONGER, IMAGENET),
        default=LONGER,
        help="compare the ranking with a longer training of the same kind (default), or with the "
        "published ImageNet top-1 of the MobileViT family",
    )
    seeds: int | None = option(
        type=positive_int, help=f"with --against {IMAGENET}: trainings of each network (default: 3)"
    )
    calibration: Path | None = option(
        type=directory,
        metavar="FILE",
        help=f"with --against {IMAGENET}: write the calibration by which studies of this proxy "
        "state an estimated ImageNet top-1",
    )
    networks: int | None = option(
        type=positive_int,
        help=f"with --against {LONGER}: networks in addition to the published ones (default: 12)",
    )
    workers: int | None = option(
        type=num_workers, help="processes of one thread (default: one per core)"
    )
    seed: int | None = option(
        type=natural_int, help="seed that draws the networks and splits the images"
    )
    run_dir: Path = option(
        type=directory, default=Path("runs/proxy"), help="where results go (default: runs/proxy)"
    )
    engine: EngineOptions = included(EngineOptions)

    def check_options(self, parser: Parser) -> None:
        """Refuse a number that the other comparison takes."""
        super().check_options(parser)
        for name, against in (("seeds", IMAGENET), ("calibration", IMAGENET), ("networks", LONGER)):
            if getattr(self, name) is not None and self.against != against:
                parser.error(f"argument --{name}: needs --against {against}")


def _run(options: ProxyOptions) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.shared.trainings_console import TrainingsConsole  # noqa: PLC0415
    from nasbench_mvit.workbench.proxies import validate_proxy, validate_proxy_on_imagenet  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.open import find_study  # noqa: PLC0415

    _, study, _ = find_study(options.study)
    study = study.with_options(
        trials=None, seed=options.seed, data=options.data, predictor=options.predictor
    )
    console = plain_console()
    shared: dict[str, Any] = {
        "run_dir": options.run_dir,
        "workers": options.workers,
        "ray": options.engine.ray(options.run_dir, options.workers),
        "observer": TrainingsConsole(console),
    }
    found = (
        validate_proxy_on_imagenet(
            study, seeds=options.seeds or SEEDS, calibration=options.calibration, **shared
        )
        if options.against == IMAGENET
        else validate_proxy(study, num_networks=options.networks or NETWORKS, **shared)
    )
    if found.markdown is not None:
        console.print(found.markdown)
        console.print(f"see {found.file} and the trainings beside it")
    return EXIT_CODES[found.completion]


main = Command(
    prog="python -m nasbench_mvit proxy",
    description="Train networks by a study's proxy, and report whether its ranking may be trusted: "
    "whether longer training ranks them alike, or ImageNet does. The same command again resumes.",
    options=ProxyOptions,
    run=_run,
)
