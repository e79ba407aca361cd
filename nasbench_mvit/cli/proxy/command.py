"""``python -m nasbench_mvit.proxy``: does a study's proxy rank networks as longer training does?"""

import argparse
from pathlib import Path

from nasbench_mvit.cli.shared.engine_options import (
    add_engine_options,
    check_engine_options,
    ray_options,
)
from nasbench_mvit.cli.shared.parser import (
    Parser,
    directory,
    given,
    guarded,
    natural_int,
    num_workers,
    positive_int,
)
from nasbench_mvit.io.machine import usable_cores

PROG = "python -m nasbench_mvit.proxy"


def parse(args: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(
        prog=PROG,
        description="Train networks by a study's proxy and several times longer, and say whether "
        "the proxy's ranking may be trusted. The same command again resumes.",
    )
    add = parser.add_argument
    add("--study", default="latency_iphone", help="whose space, limits, proxy and images to take")
    add("--predictor", type=given, help="latency predictor in place of the study's")
    add("--data", help="images in place of the study's, as search takes them")
    add("--networks", type=positive_int, default=12, help="beside the published (default: 12)")
    add("--workers", type=num_workers, help="processes of one thread (default: one per core)")
    add("--seed", type=natural_int, help="seed that draws the networks and splits the images")
    add("--run-dir", type=directory, default=Path("runs/proxy"), help="default: runs/proxy")
    add_engine_options(parser)
    options = parser.parse_args(args)
    check_engine_options(parser, options)
    return options


def main(args: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = parse(args)
    return guarded(PROG, lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.proxy.session import ProxySession  # noqa: PLC0415
    from nasbench_mvit.cli.search.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.search.study.config import load_study  # noqa: PLC0415

    _, study = load_study(options.study)
    session = ProxySession(
        study.with_options(
            trials=None, seed=options.seed, data=options.data, predictor=options.predictor
        ),
        num_networks=options.networks,
        run_dir=options.run_dir,
    )
    return session.run(
        plain_console(),
        workers=options.workers or usable_cores(),
        ray=ray_options(options, options.run_dir),
    )
