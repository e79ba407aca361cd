"""``python -m nasbench_mvit ablate``: what does each setting change, and does the paper agree?"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.engine_options import EngineOptions
from nasbench_mvit.cli.shared.options import Options, flag, included, option
from nasbench_mvit.cli.shared.parser import (
    EXIT_CODES,
    MAX_SEEDS,
    MIN_SEEDS,
    Parser,
    directory,
    natural_int,
    num_workers,
    positive_int,
    positive_minutes,
)
from nasbench_mvit.cli.shared.track_options import TrackOptions


def _seeds(text: str) -> int:
    value = positive_int(text)
    if not MIN_SEEDS <= value <= MAX_SEEDS:
        raise argparse.ArgumentTypeError(
            f"must be from {MIN_SEEDS} to {MAX_SEEDS}, since the interval of an effect comes from "
            f"the spread between seeds, got '{text}'."
        )
    return value


@dataclass(frozen=True, kw_only=True)
class AblateOptions(Options):
    """The options of ``ablate``."""

    study: list[str] = option(
        action="append",
        help="name or path of an ablation study; several are run one after the other",
    )
    around: str | None = option(
        help="start from another network: STUDY:TRIAL of a search, a published name, or a "
        "spec.json; without --study, revert each choice of the trial in turn"
    )
    search_dir: Path | None = option(
        type=directory, help="where the search of --around left its results (default: runs/STUDY)"
    )
    arm: list[str] = option(
        action="append", help="train this arm and the reference alone; may be repeated"
    )
    seeds: int | None = option(
        type=_seeds, help="trainings of each arm; a larger number continues an earlier run"
    )
    seed: int | None = option(type=natural_int, help="the first seed")
    data: str | None = option(help="images in place of the study's, as search takes them")
    predictor: str | None = option(help="latency predictor in place of the study's")
    max_minutes: float | None = option(
        type=positive_minutes, help="stop after this time; resumable"
    )
    workers: int | None = option(
        type=num_workers, help="processes of one thread (default: one per core)"
    )
    run_dir: Path = option(
        type=directory,
        default=Path("runs/ablations"),
        help="where reports and shared trainings go (default: runs/ablations)",
    )
    track: TrackOptions = included(TrackOptions)
    dry_run: bool = flag(help="show arms, recipe and expected time, then stop")
    engine: EngineOptions = included(EngineOptions)

    def check_options(self, parser: Parser) -> None:
        """Refuse a command line that names no study, or arms of several."""
        super().check_options(parser)
        if not self.study and self.around is None:
            parser.error("name a study with --study, or a trial with --around STUDY:TRIAL.")
        if self.arm and len(self.study) > 1:
            parser.error("argument --arm: needs a single --study, whose arms it chooses from")


def _run(options: AblateOptions) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.ablate.console import AblationConsole, show_plan  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.ablations.plan import plan_ablation  # noqa: PLC0415
    from nasbench_mvit.workbench.ablations.run import run_ablation  # noqa: PLC0415
    from nasbench_mvit.workbench.ablations.studies import load_ablations  # noqa: PLC0415

    ray = options.engine.ray(options.run_dir, options.workers)
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
            studies, run_dir=options.run_dir, workers=options.workers, ray=ray, observer=observer
        )
        show_plan(console, plan)
        return 0
    results = run_ablation(
        studies,
        run_dir=options.run_dir,
        workers=options.workers,
        ray=ray,
        max_minutes=options.max_minutes,
        track=options.track.track,
        observer=observer,
    )
    return EXIT_CODES[results.completion]


main = Command(
    prog="python -m nasbench_mvit ablate",
    description="Train networks that differ in one thing, with paired seeds, and state the "
    "effects with intervals beside the paper's. The same command again resumes.",
    options=AblateOptions,
    run=_run,
)
