"""``python -m nasbench_mvit predictor``: fit, evaluate and use predictors of latency."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cli.shared.command import Command, CommandGroup
from nasbench_mvit.cli.shared.options import Options, included, option
from nasbench_mvit.cli.shared.parser import directory, natural_int, positive_int, predictor_path

RECORDS = "what `python -m nasbench_mvit measure` wrote: records.jsonl, or its run directory"
PREDICTOR = "name of a shipped predictor, or path of a file"


@dataclass(frozen=True, kw_only=True)
class FitOptions(Options):
    """The options of ``predictor fit``."""

    records: Path = option("records", type=directory, metavar="RECORDS", help=RECORDS)
    output: Path = option(
        "-o",
        "--output",
        type=predictor_path,
        required=True,
        metavar="FILE",
        help="JSON file to write",
    )
    holdout: int = option(
        type=natural_int,
        default=0,
        metavar="N",
        help="networks to hold out, to estimate the error (default: 0)",
    )


@dataclass(frozen=True, kw_only=True)
class TransferOptions(Options):
    """The options of ``predictor transfer``."""

    parent: str = option("parent", type=str, metavar="PARENT", help=PREDICTOR)
    fit: FitOptions = included(FitOptions)


@dataclass(frozen=True, kw_only=True)
class PredictorEvalOptions(Options):
    """The options of ``predictor eval``."""

    predictor: str = option("predictor", type=str, metavar="PREDICTOR", help=PREDICTOR)
    records: Path = option("records", type=directory, metavar="RECORDS", help=RECORDS)
    report: Path | None = option(
        type=directory, metavar="DIR", help="write the tables, the figure and the rows to a folder"
    )


@dataclass(frozen=True, kw_only=True)
class PredictOptions(Options):
    """The options of ``predictor predict``."""

    predictor: str = option("predictor", type=str, metavar="PREDICTOR", help=PREDICTOR)
    spec: str | None = option(
        one_of="networks", required=True, help="published name, or file of networks"
    )
    space: str | None = option(
        one_of="networks", required=True, help="name or path of a search space"
    )
    networks: int = option(
        type=positive_int, default=1000, help="networks to draw from a space (default: 1000)"
    )
    seed: int = option(type=natural_int, default=0, help="seed of the draw (default: 0)")
    output: Path | None = option(
        "-o", "--output", type=directory, metavar="FILE", help="CSV file of all networks to write"
    )


def _fit(options: FitOptions) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.cli.predictor.console import print_fitted  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.predictors.making import fit_predictor  # noqa: PLC0415

    fitted = fit_predictor(options.records, options.output, holdout=options.holdout)
    print_fitted(plain_console(), fitted)
    return 0


def _transfer(options: TransferOptions) -> int:
    from nasbench_mvit.cli.predictor.console import print_fitted  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.predictors.making import transfer_predictor  # noqa: PLC0415

    fitted = transfer_predictor(
        options.parent, options.fit.records, options.fit.output, holdout=options.fit.holdout
    )
    print_fitted(plain_console(), fitted)
    return 0


def _evaluate(options: PredictorEvalOptions) -> int:
    from nasbench_mvit.cli.predictor.console import print_evaluation  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.predictors.evaluation import evaluate_predictor  # noqa: PLC0415

    found = evaluate_predictor(options.predictor, options.records, report_dir=options.report)
    print_evaluation(plain_console(), found)
    return 0


def _predict(options: PredictOptions) -> int:
    from nasbench_mvit.cli.predictor.console import print_networks, print_space  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.predictors import prediction  # noqa: PLC0415
    from nasbench_mvit.workbench.shared.named_networks import (  # noqa: PLC0415
        Networks,
        named_networks,
    )

    console = plain_console()
    networks: Networks
    if options.space is not None:
        networks = prediction.drawn_networks(options.space, options.networks, seed=options.seed)
    elif options.spec is not None:
        networks = named_networks(options.spec)
    found = prediction.predict_latency(options.predictor, networks)
    (print_networks if options.space is None else print_space)(console, found)
    if options.output is not None:
        found.write(options.output)
        console.print(f"wrote {options.output}")
    return 0


main = CommandGroup(
    prog="python -m nasbench_mvit predictor",
    description="Make a predictor of latency from measurements, evaluate it, use it, or adapt it "
    "to another device.",
    verbs={
        "fit": Command(
            description="Make a predictor from measurements of 20 networks or more.",
            options=FitOptions,
            run=_fit,
        ),
        "eval": Command(
            description="Compare a predictor and its baselines with measurements.",
            options=PredictorEvalOptions,
            run=_evaluate,
        ),
        "predict": Command(
            description="Show a network's latency by stage, or the latencies of a space.",
            options=PredictOptions,
            run=_predict,
        ),
        "transfer": Command(
            description="Adapt a predictor to a device by measurements of 3 networks or more.",
            options=TransferOptions,
            run=_transfer,
        ),
    },
)
