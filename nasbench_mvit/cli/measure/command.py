"""``python -m nasbench_mvit measure``: time networks on a device, for a predictor or a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_mvit.cli.measure.options import TargetOptions, targets_of
from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.options import Options, flag, included, option
from nasbench_mvit.cli.shared.parser import (
    EXIT_CODES,
    Parser,
    directory,
    natural_int,
    positive_int,
    positive_minutes,
    whole_numbers,
    with_options,
)
from nasbench_mvit.workbench.measurements.sources import NetworkSource, SpaceSample, StudyFront
from nasbench_mvit.workbench.measurements.targets.aihub import AIHubTarget
from nasbench_mvit.workbench.measurements.targets.by_name import TARGETS
from nasbench_mvit.workbench.measurements.targets.contract import MeasurementTarget
from nasbench_mvit.workbench.shared.completion import Completion

if TYPE_CHECKING:
    from rich.console import Console

LIST = "list"


@dataclass(frozen=True, kw_only=True)
class MeasureOptions(Options):
    """The options of ``measure``."""

    target: str = option(
        type=str, required=True, help=f"{', '.join(TARGETS)}; '{LIST}' says what each needs"
    )
    sample: int | None = option(
        type=positive_int,
        help="networks of a space, evenly spread over predicted latency; with them come the "
        "paper's, the space's ends, and all that change one knob of its base",
    )
    sample_only: bool = flag(help="only the evenly spread ones")
    space: str = option(type=str, default=SpaceSample.space, help=f"default: {SpaceSample.space}")
    resolutions: tuple[int, ...] | None = option(
        type=whole_numbers, help="to draw from (default: 160,192,224,256)"
    )
    spread_by: str = option(
        type=str,
        default=SpaceSample.spread_by,
        help=f"predictor (default: {SpaceSample.spread_by})",
    )
    front: str | None = option(help="the finalists of a study: its name or run directory")
    specs: Path | None = option(
        type=directory, help="the networks of a file, as of a search's front.json"
    )
    passes: int = option(type=positive_int, default=2, help="visits of each network (default: 2)")
    seed: int = option(type=natural_int, default=0, help="of the sample and of the orders")
    max_minutes: float | None = option(
        type=positive_minutes,
        help="stop after this time in all, for all devices and the search of --refit together; "
        "resumable",
    )
    refit: bool = flag(
        help="then adapt the predictor of the study of --front to the records, and continue its "
        "search under it with what was trained"
    )
    trials: int | None = option(
        type=positive_int, help="with --refit: networks to search in all (default: as before)"
    )
    prepare_only: bool = flag(help="write the networks' files, measure nothing")
    run_dir: Path | None = option(
        type=directory, help="where records go (default: runs/measure-TARGET)"
    )
    of_target: TargetOptions = included(TargetOptions)

    def check_options(self, parser: Parser) -> None:
        """Refuse --refit without one study and one device, and --trials without a search."""
        super().check_options(parser)
        if self.refit and (self.front is None or self.prepare_only):
            parser.error("argument --refit: needs --front STUDY and a measurement")
        if self.refit and len(self.of_target.device) > 1:
            parser.error("argument --refit: a predictor is of one --device")
        if self.trials is not None and not self.refit:
            parser.error("argument --trials: needs --refit, which continues a search")


def _run(options: MeasureOptions) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.measure.console import MeasureConsole  # noqa: PLC0415
    from nasbench_mvit.cli.measure.results import RESUMABLE, print_prepared, print_result  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.measurements.measure import (  # noqa: PLC0415
        measure_latency,
        prepare_networks,
    )
    from nasbench_mvit.workbench.shared.deadline import minutes_left  # noqa: PLC0415

    console = plain_console()
    if options.target == LIST:
        for name, kind in TARGETS.items():
            console.print(with_options(f"{name}: {kind.measures}; needs {kind.needs}"))
        return 0
    targets = targets_of(options.target, options.of_target)
    networks = _networks(options)
    codes, left = [], minutes_left(options.max_minutes)
    for target, run_dir in zip(targets, _run_dirs(options, targets), strict=True):
        if options.prepare_only:
            prepared = prepare_networks(networks, target, run_dir=run_dir, seed=options.seed)
            print_prepared(console, prepared)
            codes.append(EXIT_CODES[prepared.completion])
            continue
        with MeasureConsole(console) as observer:
            result = measure_latency(
                networks,
                target,
                run_dir=run_dir,
                passes=options.passes,
                seed=options.seed,
                max_minutes=left(),
                observer=observer,
            )
        print_result(console, result)
        codes.append(EXIT_CODES[result.completion])
        if result.completion in RESUMABLE:
            break
    if not options.refit:
        return max(codes)
    if result.completion is not Completion.DONE:
        console.print("the search goes on once the measurement has ended")
        return max(codes)
    return _refit(options, result.records, console, left())


def _run_dirs(options: MeasureOptions, targets: Sequence[MeasurementTarget]) -> list[Path]:
    """Return the run directory of each target; of hosted devices each has one in it."""
    run_dir = options.run_dir or Path("runs") / f"measure-{options.target}"
    return [
        run_dir / target.folder if isinstance(target, AIHubTarget) else run_dir
        for target in targets
    ]


def _refit(
    options: MeasureOptions, records: Path, console: "Console", max_minutes: float | None
) -> int:
    """Continue the search of --front under its predictor adapted to the records."""
    from nasbench_mvit.cli.search.results import print_end  # noqa: PLC0415
    from nasbench_mvit.cli.search.search_console import SearchConsole  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.refit import refit_study  # noqa: PLC0415

    refitted = refit_study(
        options.front or "",
        records,
        trials=options.trials,
        max_minutes=max_minutes,
        observer=SearchConsole(console),
    )
    console.print(f"predictor: {refitted.predictor.path}, {refitted.predictor.way}")
    print_end(console, refitted.result)
    return EXIT_CODES[refitted.result.completion]


def _networks(options: MeasureOptions) -> list[NetworkSource]:
    sources: list[NetworkSource] = []
    if options.front is not None:
        sources.append(StudyFront(options.front))
    if options.specs is not None:
        sources.append(options.specs)
    if options.sample is not None:
        sources.append(
            SpaceSample(
                size=options.sample,
                space=options.space,
                is_alone=options.sample_only,
                resolutions=options.resolutions,
                spread_by=options.spread_by,
                seed=options.seed,
            )
        )
    return sources


main = Command(
    prog="python -m nasbench_mvit measure",
    description="Time networks on a device. The same command again resumes; another one in "
    "the same run directory adds its networks.",
    options=MeasureOptions,
    run=_run,
)
