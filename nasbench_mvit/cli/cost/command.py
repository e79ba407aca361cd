"""``python -m nasbench_mvit cost``: parameters, multiply-adds and activation memory of networks."""

import argparse

from nasbench_mvit.cli.shared.parser import Parser, given, guarded, positive_int

PROG = "python -m nasbench_mvit cost"
DISAGREE = 1


def make_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(
        prog=PROG,
        description="Count parameters, multiply-adds (both products of attention included) and "
        "activation memory of networks for one image, by closed formulas.",
    )
    add = parser.add_argument
    add(
        "network",
        metavar="NETWORK",
        type=given,
        help="mobilevit_s, mobilevit_xs, mobilevit_xxs, or a .json or .jsonl file of networks",
    )
    add("--resolution", type=positive_int, help="pixels (default: each network's own)")
    add(
        "--check",
        action="store_true",
        help="build each network and count it by fvcore too; exit with 1 where they differ",
    )
    return parser


def parse(args: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    return make_parser().parse_args(args)


def main(args: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = parse(args)
    return guarded(PROG, lambda: _run(options.network, options.resolution, check=options.check))


def _run(network: str, resolution: int | None, *, check: bool) -> int:
    # Imported once the command line is known to be good: they take a moment to load.
    from nasbench_mvit.cli.cost.console import show  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.costs import network_costs  # noqa: PLC0415
    from nasbench_mvit.workbench.predictors.prediction import named_networks  # noqa: PLC0415

    costs = network_costs(named_networks(network), resolution=resolution, trace=check)
    show(plain_console(), costs)
    return DISAGREE if costs.agrees is False else 0
