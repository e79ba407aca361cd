"""``python -m nasbench_mvit.search``: find the Pareto front of accuracy and latency."""

import argparse

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
    positive_minutes,
    seed_count,
    storage_url,
)


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add("--study", required=True, help="name or path of a study file, or of a run to go on with")
    add("--predictor", type=given, help="latency predictor in place of the study's: name or path")
    add("--trials", type=positive_int, help="networks to train beside the baselines")
    add("--max-minutes", type=positive_minutes, help="stop after this time; resumable")
    add("--workers", type=num_workers, help="trainings at once (default: one per core)")
    add(
        "--seed",
        type=natural_int,
        help="seed of the sampler and, unless the study sets training_seed, of the training",
    )
    add("--sampler", help="who proposes networks: tpe, nsga2, random or cost_aware")
    add(
        "--evaluator",
        help="training; table: the trainings kept in the benchmark table of the space; or "
        "surrogate: estimates, nothing is trained",
    )
    add("--data", help="embedded, imagefolder:PATH, fashion_mnist:PATH or huggingface:NAME")
    add(
        "--storage",
        type=storage_url,
        help="SQLAlchemy URL of the store (default: study.db in the run directory)",
    )
    add("--run-dir", type=directory, help="where results go (default: runs/STUDY)")
    add("--fresh", action="store_true", help="set an earlier run aside and start anew")
    add(
        "--finalists",
        type=positive_int,
        help="then train so many networks of the front with fresh seeds and score the test images",
    )
    add(
        "--finalist-seeds",
        type=seed_count,
        help="trainings of each finalist (default: 3)",
    )
    add("--dry-run", action="store_true", help="show the plan and its expected time, then stop")
    add_engine_options(parser)


def _check(parser: Parser, options: argparse.Namespace) -> None:
    check_engine_options(parser, options)
    if options.finalist_seeds is not None and options.finalists is None:
        parser.error("argument --finalist-seeds: needs --finalists N, how many networks they train")


def _run(options: argparse.Namespace) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.search.results import print_end, print_plan  # noqa: PLC0415
    from nasbench_mvit.cli.search.search_console import SearchConsole  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.finalists import NUM_SEEDS, FinalRequest  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.open import find_study  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.plan import plan_study  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.run import run_study  # noqa: PLC0415

    name, config, run_dir = find_study(
        options.study, run_dir=options.run_dir, storage=options.storage
    )
    config = config.with_options(
        trials=options.trials,
        seed=options.seed,
        data=options.data,
        predictor=options.predictor,
        evaluator=options.evaluator,
        sampler=options.sampler,
    )
    ray = ray_options(options, run_dir)
    finalists = None
    if options.finalists is not None:
        finalists = FinalRequest(options.finalists, options.finalist_seeds or NUM_SEEDS)
    console = plain_console()
    observer = SearchConsole(console)
    if options.dry_run:
        plan = plan_study(
            config,
            name=name,
            workers=options.workers,
            ray=ray,
            finalists=finalists,
            observer=observer,
        )
        print_plan(console, plan)
        return 0
    result = run_study(
        config,
        run_dir=run_dir,
        name=name,
        workers=options.workers,
        storage=options.storage,
        ray=ray,
        max_minutes=options.max_minutes,
        fresh=options.fresh,
        finalists=finalists,
        observer=observer,
    )
    print_end(console, result)
    return EXIT_CODES[result.completion]


main = Command(
    prog="python -m nasbench_mvit.search",
    description="Find the MobileViT networks with the best accuracy for their latency. "
    "The same command again resumes.",
    options=_options,
    run=_run,
    check=_check,
)
