"""``python -m nasbench_mvit ablate``: what does each setting change, and does the paper agree?"""

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
    MAX_SEEDS,
    MIN_SEEDS,
    Parser,
    directory,
    given,
    natural_int,
    num_workers,
    positive_int,
    positive_minutes,
)


def _options(parser: Parser) -> None:
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


def _seeds(text: str) -> int:
    value = positive_int(text)
    if not MIN_SEEDS <= value <= MAX_SEEDS:
        raise argparse.ArgumentTypeError(
            f"must be from {MIN_SEEDS} to {MAX_SEEDS}, since the interval of an effect comes from "
            f"the spread between seeds, got '{text}'."
        )
    return value


def _check(parser: Parser, options: argparse.Namespace) -> None:
    check_engine_options(parser, options)
    if not options.study and options.around is None:
        parser.error("name a study with --study, or a trial with --around STUDY:TRIAL.")
    if options.arm and len(options.study) > 1:
        parser.error("argument --arm: needs a single --study, whose arms it chooses from")


def _run(options: argparse.Namespace) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.ablate.console import AblationConsole, show_plan  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.ablations.plan import plan_ablation  # noqa: PLC0415
    from nasbench_mvit.workbench.ablations.run import run_ablation  # noqa: PLC0415
    from nasbench_mvit.workbench.ablations.studies import load_ablations  # noqa: PLC0415

    ray = ray_options(options, options.run_dir)
    studies = load_ablations(
        options.study,
        around=options.around,
        search_dir=options.search_dir,
        arms=options.arm,
        seeds=options.seeds,
        seed=options.seed,
        data=options.data,
        predictor=options.predictor,
    )
    console = plain_console()
    observer = AblationConsole(console)
    if options.dry_run:
        plan = plan_ablation(
            studies,
            run_dir=options.run_dir,
            workers=options.workers,
            ray=ray,
            observer=observer,
        )
        show_plan(console, plan)
        return 0
    results = run_ablation(
        studies,
        run_dir=options.run_dir,
        workers=options.workers,
        ray=ray,
        max_minutes=options.max_minutes,
        observer=observer,
    )
    return EXIT_CODES[results.completion]


main = Command(
    prog="python -m nasbench_mvit ablate",
    description="Train networks that differ in one thing, with paired seeds, and state the "
    "effects with intervals beside the paper's. The same command again resumes.",
    options=_options,
    run=_run,
    check=_check,
)
