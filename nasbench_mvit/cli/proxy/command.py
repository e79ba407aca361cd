"""``python -m nasbench_mvit proxy``: does a study's proxy rank networks as longer training does?"""

import argparse
from pathlib import Path

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.engine_options import (
    add_engine_options,
    check_engine_options,
    ray_options,
)
from nasbench_mvit.cli.shared.parser import (
    EXIT_CODES,
    Parser,
    directory,
    given,
    natural_int,
    num_workers,
    positive_int,
)


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add("--study", default="latency_iphone", help="whose space, limits, proxy and images to take")
    add("--predictor", type=given, help="latency predictor in place of the study's")
    add("--data", help="images in place of the study's, as search takes them")
    add("--networks", type=positive_int, default=12, help="beside the published (default: 12)")
    add("--workers", type=num_workers, help="processes of one thread (default: one per core)")
    add("--seed", type=natural_int, help="seed that draws the networks and splits the images")
    add("--run-dir", type=directory, default=Path("runs/proxy"), help="default: runs/proxy")
    add_engine_options(parser)


def _run(options: argparse.Namespace) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.shared.trainings_console import TrainingsConsole  # noqa: PLC0415
    from nasbench_mvit.workbench.proxies import REPORT, validate_proxy  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.open import find_study  # noqa: PLC0415

    _, study, _ = find_study(options.study)
    console = plain_console()
    validation = validate_proxy(
        study.with_options(
            trials=None, seed=options.seed, data=options.data, predictor=options.predictor
        ),
        num_networks=options.networks,
        run_dir=options.run_dir,
        workers=options.workers,
        ray=ray_options(options, options.run_dir),
        observer=TrainingsConsole(console),
    )
    if validation.report is not None:
        console.print(validation.report.markdown)
        console.print(f"see {options.run_dir / REPORT} and the trainings beside it")
    return EXIT_CODES[validation.completion]


main = Command(
    prog="python -m nasbench_mvit proxy",
    description="Train networks by a study's proxy and several times longer, and report "
    "whether the proxy's ranking may be trusted. The same command again resumes.",
    options=_options,
    run=_run,
    check=check_engine_options,
)
