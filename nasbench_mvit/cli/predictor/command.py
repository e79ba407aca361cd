"""``python -m nasbench_mvit predictor``: fit, evaluate and use predictors of latency."""

import argparse

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.parser import (
    Parser,
    directory,
    given,
    natural_int,
    positive_int,
    predictor_path,
)

RECORDS = "what `python -m nasbench_mvit measure` wrote: records.jsonl, or its run directory"
PREDICTOR = "name of a shipped predictor, or path of a file"


def _add_fit(parser: Parser) -> None:
    parser.add_argument("records", type=directory, metavar="RECORDS", help=RECORDS)
    _add_output(parser)


def _add_transfer(parser: Parser) -> None:
    parser.add_argument("parent", metavar="PARENT", help=PREDICTOR)
    parser.add_argument("records", type=directory, metavar="RECORDS", help=RECORDS)
    _add_output(parser)


def _add_output(parser: Parser) -> None:
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


def _add_eval(parser: Parser) -> None:
    parser.add_argument("predictor", metavar="PREDICTOR", help=PREDICTOR)
    parser.add_argument("records", type=directory, metavar="RECORDS", help=RECORDS)
    parser.add_argument(
        "--report",
        type=directory,
        metavar="DIR",
        help="write the tables, the figure and the rows to a folder",
    )


def _add_predict(parser: Parser) -> None:
    parser.add_argument("predictor", metavar="PREDICTOR", help=PREDICTOR)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--spec", type=given, help="published name, or file of networks")
    what.add_argument("--space", type=given, help="name or path of a search space")
    parser.add_argument(
        "--networks", type=positive_int, default=1000, help="drawn of a space (default: 1000)"
    )
    parser.add_argument("--seed", type=natural_int, default=0, help="of the draw (default: 0)")
    parser.add_argument(
        "-o", "--output", type=directory, metavar="FILE", help="CSV of all networks"
    )


def _fit(options: argparse.Namespace) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.predictor.console import print_fitted  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.predictors.making import fit_predictor  # noqa: PLC0415

    fitted = fit_predictor(options.records, options.output, holdout=options.holdout)
    print_fitted(plain_console(), fitted)
    return 0


def _transfer(options: argparse.Namespace) -> int:
    from nasbench_mvit.cli.predictor.console import print_fitted  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.predictors.making import transfer_predictor  # noqa: PLC0415

    fitted = transfer_predictor(
        options.parent, options.records, options.output, holdout=options.holdout
    )
    print_fitted(plain_console(), fitted)
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from nasbench_mvit.cli.predictor.console import print_evaluation  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.predictors.evaluation import evaluate_predictor  # noqa: PLC0415

    found = evaluate_predictor(options.predictor, options.records, report_dir=options.report)
    print_evaluation(plain_console(), found)
    return 0


def _predict(options: argparse.Namespace) -> int:
    from nasbench_mvit.cli.predictor.console import print_networks, print_space  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.io.text_files import write_text  # noqa: PLC0415
    from nasbench_mvit.workbench.predictors import prediction  # noqa: PLC0415
    from nasbench_mvit.workbench.shared.named_networks import (  # noqa: PLC0415
        Networks,
        named_networks,
    )

    console = plain_console()
    networks: Networks
    if options.spec is None:
        networks = prediction.drawn_networks(options.space, options.networks, seed=options.seed)
    else:
        networks = named_networks(options.spec)
    found = prediction.predict_latency(options.predictor, networks)
    (print_space if options.spec is None else print_networks)(console, found)
    if options.output is not None:
        write_text(options.output, found.networks.to_csv(index=False))
        console.print(f"wrote {options.output}")
    return 0


main = Command(
    prog="python -m nasbench_mvit predictor",
    description="Make a predictor of latency from measurements, evaluate it, use it, or adapt it "
    "to another device.",
    verbs={
        "fit": Command(
            description="make a predictor from measurements of 20 networks or more",
            options=_add_fit,
            run=_fit,
        ),
        "eval": Command(
            description="hold a predictor and its baselines against measurements",
            options=_add_eval,
            run=_evaluate,
        ),
        "predict": Command(
            description="show where one network's milliseconds go, or what a space holds",
            options=_add_predict,
            run=_predict,
        ),
        "transfer": Command(
            description="adapt a predictor to a device with 3 networks or more",
            options=_add_transfer,
            run=_transfer,
        ),
    },
)
