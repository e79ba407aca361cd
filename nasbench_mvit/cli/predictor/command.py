"""``python -m nasbench_mvit predictor``: fit, evaluate and use predictors of latency."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_mvit.cli.shared.parser import (
    Parser,
    directory,
    given,
    guarded,
    natural_int,
    positive_int,
    predictor_path,
)

if TYPE_CHECKING:
    from rich.console import Console

PROG = "python -m nasbench_mvit predictor"
RECORDS = "what `python -m nasbench_mvit measure` wrote: records.jsonl, or its run directory"
PREDICTOR = "name of a shipped predictor, or path of a file"


def make_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(
        prog=PROG,
        description="Make a predictor of latency from measurements, evaluate it, use it, or adapt "
        "it to another device.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=Parser)
    for verb, add_options, about in (
        ("fit", _add_fit, "make a predictor from measurements of 20 networks or more"),
        ("eval", _add_eval, "hold a predictor and its baselines against measurements"),
        (
            "predict",
            _add_predict,
            "show where one network's milliseconds go, or what a space holds",
        ),
        ("transfer", _add_transfer, "adapt a predictor to a device with 3 networks or more"),
    ):
        add_options(verbs.add_parser(verb, help=about, description=about))
    return parser


def parse(args: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    return make_parser().parse_args(args)


def _add_fit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("records", type=Path, metavar="RECORDS", help=RECORDS)
    _add_output(parser)


def _add_transfer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("parent", metavar="PARENT", help=PREDICTOR)
    parser.add_argument("records", type=Path, metavar="RECORDS", help=RECORDS)
    _add_output(parser)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=predictor_path, required=True, metavar="FILE", help="….json to write"
    )
    parser.add_argument(
        "--holdout",
        type=natural_int,
        default=0,
        metavar="N",
        help="networks that only serve to tell the error (default: 0)",
    )


def _add_eval(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("predictor", metavar="PREDICTOR", help=PREDICTOR)
    parser.add_argument("records", type=Path, metavar="RECORDS", help=RECORDS)
    parser.add_argument(
        "--report",
        type=directory,
        metavar="DIR",
        help="write the tables, the figure and the rows to a folder",
    )


def _add_predict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("predictor", metavar="PREDICTOR", help=PREDICTOR)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--spec", type=given, help="published name, or file of networks")
    what.add_argument("--space", type=given, help="name or path of a search space")
    parser.add_argument(
        "--networks", type=positive_int, default=1000, help="drawn of a space (default: 1000)"
    )
    parser.add_argument("--seed", type=natural_int, default=0, help="of the draw (default: 0)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="CSV of all networks")


def main(args: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = parse(args)
    return guarded(f"{PROG} {options.verb}", lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.predictor.console import print_evaluation, print_fitted  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.predictors import evaluation, making  # noqa: PLC0415

    console = plain_console()
    match options.verb:
        case "fit":
            fitted = making.fit_predictor(options.records, options.output, holdout=options.holdout)
            print_fitted(console, fitted)
        case "transfer":
            fitted = making.transfer_predictor(
                options.parent, options.records, options.output, holdout=options.holdout
            )
            print_fitted(console, fitted)
        case "eval":
            found = evaluation.evaluate_predictor(
                options.predictor, options.records, report_dir=options.report
            )
            print_evaluation(console, found)
        case _:
            _predict(console, options)
    return 0


def _predict(console: "Console", options: argparse.Namespace) -> None:
    """Print the latency of one network or several, or what a space holds."""
    from nasbench_mvit.cli.predictor.console import print_networks, print_space  # noqa: PLC0415
    from nasbench_mvit.io.atomic import atomic_write  # noqa: PLC0415
    from nasbench_mvit.workbench.predictors import prediction  # noqa: PLC0415

    if options.spec is None:
        networks = prediction.drawn_networks(options.space, options.networks, seed=options.seed)
    else:
        networks = prediction.named_networks(options.spec)
    found = prediction.predict_latency(options.predictor, networks)
    (print_space if options.spec is None else print_networks)(console, found)
    if options.output is not None:
        with atomic_write(options.output) as file:
            file.write(found.networks.to_csv(index=False).encode())
        console.print(f"wrote {options.output}")
