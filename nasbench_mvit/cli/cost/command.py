"""``python -m nasbench_mvit cost``: parameters, multiply-adds and activation memory of networks."""

from dataclasses import dataclass

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.options import Options, flag, option
from nasbench_mvit.cli.shared.parser import positive_int

DISAGREE = 1


@dataclass(frozen=True, kw_only=True)
class CostOptions(Options):
    """The options of ``cost``."""

    network: str = option(
        "network",
        metavar="NETWORK",
        help="mobilevit_s, mobilevit_xs, mobilevit_xxs, or a .json or .jsonl file of networks",
    )
    resolution: int | None = option(type=positive_int, help="pixels (default: each network's own)")
    check: bool = flag(
        help="build each network and count it by fvcore too; exit with 1 where they differ"
    )


def _run(options: CostOptions) -> int:
    # Imported once the command line is known to be good: they take a moment to load.
    from nasbench_mvit.cli.cost.console import show  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.costs import network_costs  # noqa: PLC0415
    from nasbench_mvit.workbench.shared.named_networks import named_networks  # noqa: PLC0415

    costs = network_costs(
        named_networks(options.network), resolution=options.resolution, trace=options.check
    )
    show(plain_console(), costs)
    return DISAGREE if costs.agrees is False else 0


main = Command(
    prog="python -m nasbench_mvit cost",
    description="Count parameters, multiply-adds (both products of attention included) and "
    "activation memory of networks for one image, by closed formulas.",
    options=CostOptions,
    run=_run,
)
