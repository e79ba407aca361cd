"""``python -m nasbench_mvit.ablate``: what does each setting change, and does the paper agree?"""

import argparse
from pathlib import Path

from nasbench_mvit.cli.shared.engine_options import (
    add_engine_options,
    check_engine_options,
    ray_options,
)
from nasbench_mvit.cli.shared.parser import (
    MAX_SEEDS,
    MIN_SEEDS,
    Parser,
    directory,
    given,
    guarded,
    natural_int,
    num_workers,
    positive_int,
    positive_minutes,
)
from nasbench_mvit.io.machine import usable_cores

PROG = "python -m nasbench_mvit.ablate"


def parse(args: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(
        prog=PROG,
        description="Train networks that differ in one thing, with paired seeds, and state the "
        "effects with intervals beside the paper's. The same command again resumes.",
    )
    add = parser.add_argument
    add("--study", action="append", type=given, default=[],
        help="name or path of an ablation study; several are run one after the other")  # fmt: skip
    add("--around", type=given,
        help="start from another network: STUDY:TRIAL of a search, a published name, or a "
        "spec.json; without --study each choice of the trial is turned back")  # fmt: skip
    add("--search-dir", type=directory,
        help="where the search of --around left its results (default: runs/STUDY)")  # fmt: skip
    add("--arm", action="append", type=given, default=[],
        help="train this arm and the reference alone; may be repeated")  # fmt: skip
    add("--seeds", type=_seeds, help="trainings of each arm; more go on from where fewer ended")
    add("--seed", type=natural_int, help="first of the seeds")
    add("--data", type=given, help="images in place of the study's, as search takes them")
    add("--predictor", type=given, help="latency predictor in place of the study's")
    add("--max-minutes", type=positive_minutes, help="stop after this time; resumable")
    add("--workers", type=num_workers, help="processes of one thread (default: one per core)")
    add("--run-dir", type=directory, default=Path("runs/ablations"),
        help="of reports and of the trainings studies share (default: runs/ablations)")  # fmt: skip
    add("--dry-run", action="store_true", help="show arms, recipe and expected time, then stop")
    add_engine_options(parser)
    options = parser.parse_args(args)
    check_engine_options(parser, options)
    if not options.study and options.around is None:
        parser.error("name a study with --study, or a trial with --around STUDY:TRIAL.")
    if options.arm and len(options.study) > 1:
        parser.error("argument --arm: needs a single --study, whose arms it chooses from")
    return options


def _seeds(text: str) -> int:
    value = positive_int(text)
    if not MIN_SEEDS <= value <= MAX_SEEDS:
        raise argparse.ArgumentTypeError(
            f"must be from {MIN_SEEDS} to {MAX_SEEDS}, since the interval of an effect comes from "
            f"the spread between seeds, got '{text}'."
        )
    return value


def main(args: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = parse(args)
    return guarded(PROG, lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.ablate.session import AblateSession  # noqa: PLC0415
    from nasbench_mvit.cli.ablate.studies import find_ablations  # noqa: PLC0415
    from nasbench_mvit.cli.search.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.shared.engines import ray_slots  # noqa: PLC0415

    ray = ray_options(options, options.run_dir)
    workers = options.workers or usable_cores()
    if ray is not None and options.dry_run:
        workers = ray_slots(ray)
    session = AblateSession(
        find_ablations(options), run_dir=options.run_dir, workers=workers, ray=ray
    )
    console = plain_console()
    if options.dry_run:
        session.show_plan(console)
        return 0
    return session.run(console, max_minutes=options.max_minutes)
