"""``python -m nasbench_mvit.measure``: time networks on a device, for a predictor or a decision."""

import argparse
from pathlib import Path

from nasbench_mvit.cli.measure.targets import (
    LIST,
    TARGETS,
    add_options,
    check_options,
    find_target,
)
from nasbench_mvit.cli.shared.parser import (
    Parser,
    directory,
    given,
    guarded,
    natural_int,
    positive_int,
    positive_minutes,
    whole_numbers,
)

PROG = "python -m nasbench_mvit.measure"
DEFAULT_SPACE = "mobilevit"
SPREAD_BY = "iphone12_coreml"


def parse(args: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(
        prog=PROG,
        description="Time networks on a device. The same command again resumes; another one in "
        "the same run directory adds its networks.",
    )
    add = parser.add_argument
    add("--target", required=True, help=f"{', '.join(TARGETS)}; '{LIST}' says what each needs")
    add(
        "--sample",
        type=positive_int,
        help="networks of a space, evenly spread over predicted latency; with them come the "
        "paper's, the space's ends, and all that change one knob of its base",
    )
    add("--sample-only", action="store_true", help="only the evenly spread ones")
    add("--space", default=DEFAULT_SPACE, help=f"default: {DEFAULT_SPACE}")
    add("--resolutions", type=whole_numbers, help="to draw from (default: 160,192,224,256)")
    add("--spread-by", default=SPREAD_BY, help=f"predictor (default: {SPREAD_BY})")
    add("--front", type=given, help="the finalists of a study: its name or run directory")
    add("--specs", type=directory, help="the networks of a file, as of a search's front.json")
    add("--passes", type=positive_int, default=2, help="visits of each network (default: 2)")
    add("--seed", type=natural_int, default=0, help="of the sample and of the orders")
    add("--max-minutes", type=positive_minutes, help="stop after this time; resumable")
    add("--prepare-only", action="store_true", help="write the networks' files, measure nothing")
    add("--run-dir", type=directory, help="where records go (default: runs/measure-TARGET)")
    add_options(parser)
    return parser.parse_args(args)


def main(args: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = parse(args)
    return guarded(PROG, lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.measure.session import MeasureSession  # noqa: PLC0415
    from nasbench_mvit.cli.search.console import plain_console  # noqa: PLC0415

    console = plain_console()
    if options.target == LIST:
        for name, target in TARGETS.items():
            console.print(f"{name}: {target.device}; needs {target.needs}")
        return 0
    target = find_target(options.target)
    check_options(options)
    run_dir = options.run_dir or Path("runs") / f"measure-{options.target}"
    return MeasureSession(options, target, run_dir).run(console)
