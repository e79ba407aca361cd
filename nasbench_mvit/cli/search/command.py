"""``python -m nasbench_mvit.search``: find the Pareto front of accuracy and latency."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.engine_options import EngineOptions
from nasbench_mvit.cli.shared.options import Options, flag, included, option
from nasbench_mvit.cli.shared.parser import (
    EXIT_CODES,
    Parser,
    directory,
    natural_int,
    num_workers,
    positive_int,
    positive_minutes,
    seed_count,
    storage_url,
)
from nasbench_mvit.cli.shared.track_options import TrackOptions


@dataclass(frozen=True, kw_only=True)
class SearchOptions(Options):
    """The options of ``search``."""

    study: str = option(
        type=str, required=True, help="name or path of a study file, or of a run to continue"
    )
    predictor: str | None = option(help="latency predictor in place of the study's: name or path")
    trials: int | None = option(
        type=positive_int, help="networks to train in addition to the baselines"
    )
    max_minutes: float | None = option(
        type=positive_minutes, help="stop after this time; resumable"
    )
    workers: int | None = option(type=num_workers, help="trainings at once (default: one per core)")
    seed: int | None = option(
        type=natural_int,
        help="seed of the sampler and, unless the study sets training_seed, of the training",
    )
    sampler: str | None = option(
        type=str, help="proposes the networks: tpe, nsga2, random or cost_aware"
    )
    prior: str | None = option(
        type=str,
        metavar="SURROGATE",
        help="with cost_aware: surrogate, name or folder, by which it knows what to expect before "
        "it has trained",
    )
    evaluator: str | None = option(
        type=str,
        help="training; table, which looks trainings up in the benchmark table of the space; "
        "surrogate, which estimates them; or supernet, which scores shared weights",
    )
    supernet: str | None = option(
        type=str, metavar="FILE", help="file of the supernet, for --evaluator supernet"
    )
    data: str | None = option(
        type=str,
        help="embedded, imagefolder:PATH, fashion_mnist:PATH or huggingface:NAME; to detect or "
        "segment embedded, coco:PATH, voc:PATH or huggingface:NAME",
    )
    storage: str | None = option(
        type=storage_url,
        help="SQLAlchemy URL of the store (default: study.db in the run directory)",
    )
    run_dir: Path | None = option(type=directory, help="where results go (default: runs/STUDY)")
    fresh: bool = flag(help="set an earlier run aside and start again")
    finalists: int | None = option(
        type=positive_int,
        help="number of networks of the front to train with fresh seeds after the search, and to "
        "score on the test images",
    )
    finalist_seeds: int | None = option(
        type=seed_count, help="trainings of each finalist (default: 3)"
    )
    finetune: int | None = option(
        type=positive_int,
        metavar="UPDATES",
        help="train each finalist from the weights of the supernet, with so many updates, instead "
        "of from random weights",
    )
    int8: str | None = option(
        type=str,
        help="score each finalist in 8 bits too, as ONNX Runtime (onnx) or LiteRT (litert, which "
        "needs litert-torch) quantises it",
    )
    track: TrackOptions = included(TrackOptions)
    dry_run: bool = flag(help="show the plan and its expected time, then stop")
    engine: EngineOptions = included(EngineOptions)

    def check_options(self, parser: Parser) -> None:
        """Refuse an option without the one that it belongs to."""
        super().check_options(parser)
        of_finalists = {
            "--finalist-seeds": self.finalist_seeds,
            "--finetune": self.finetune,
            "--int8": self.int8,
        }
        for name, value in of_finalists.items():
            if value is not None and self.finalists is None:
                parser.error(
                    f"argument {name}: needs --finalists N, the number of networks to train"
                )


def _run(options: SearchOptions) -> int:
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
        supernet=options.supernet,
        sampler=options.sampler,
        prior=options.prior,
    )
    ray = options.engine.ray(run_dir, options.workers)
    finalists = None
    if options.finalists is not None:
        finalists = FinalRequest(
            options.finalists,
            options.finalist_seeds or NUM_SEEDS,
            int8_by=options.int8,
            finetune=options.finetune,
        )
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
        track=options.track.track,
        observer=observer,
    )
    print_end(console, result)
    return EXIT_CODES[result.completion]


main = Command(
    prog="python -m nasbench_mvit.search",
    description="Find the MobileViT networks with the best accuracy for their latency. "
    "The same command again resumes.",
    options=SearchOptions,
    run=_run,
)
