"""``python -m nasbench_mvit export``: one network as files for a phone or another runtime."""

import argparse
import shlex

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.network_options import (
    add_study_options,
    check_study_options,
    network_of,
)
from nasbench_mvit.cli.shared.parser import (
    Parser,
    directory,
    given,
    natural_int,
    positive_int,
)
from nasbench_mvit.errors import ExportError
from nasbench_mvit.workbench.exports.choices import Origin, check_choices

PROG = "python -m nasbench_mvit export"
CHECK_FAILED = 1
DEFAULTS = {"precision": "fp32", "seed": 0}


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add_study_options(parser, "take the network from the run of this study (name or path)")
    add("--spec", type=given, help="instead of --study: a published name or a spec.json")
    add("--format", required=True, type=_names, help="one or more of onnx,coreml,executorch,torch")
    add(
        "--weights",
        required=True,
        type=given,
        help="proxy (trained by the study's proxy), random, a file of weights, hf:OWNER/NAME "
        "(Hugging Face Hub) or timm:NAME",
    )
    add("--source", type=given, help="who wrote that file (default: told by the names in it)")
    add("--part", type=given, help="which of several sets of weights in it, like state_dict")
    add("--precision", default=DEFAULTS["precision"], help="fp32, fp16 or int8 (default: fp32)")
    add("--resolution", type=positive_int, help="side of the input in pixels")
    add("--seed", type=natural_int, default=DEFAULTS["seed"], help="of random weights (default: 0)")
    add("--labels", type=directory, help="file with the name of a class in each line")
    add("--data", help="images to check with, in place of the study's or the evaluated")
    add("--predictor", type=given, help="latency predictor, in place of the study's")
    add("--records", type=directory, help="records of measured latencies to look the network up in")
    add("--out", type=directory, help="folder (default: exports/ and what is exported)")


def _run(options: argparse.Namespace) -> int:
    _check_together(options)
    # Imported once the command line is known to be good: torch takes seconds to load.
    from nasbench_mvit.cli.shared.console import ConsoleNotes, plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.shared.labels import read_labels  # noqa: PLC0415
    from nasbench_mvit.workbench.exports.export import export_network  # noqa: PLC0415

    console = plain_console()
    result = export_network(
        None if _origin(options) == "weights" else network_of(options),
        formats=options.format,
        weights=options.weights,
        source=options.source,
        part=options.part,
        precision=options.precision,
        resolution=options.resolution,
        seed=options.seed,
        classes=None if options.labels is None else read_labels(options.labels, ExportError),
        data=options.data,
        predictor=options.predictor,
        records=options.records,
        out=options.out,
        command=_command(options),
        observer=ConsoleNotes(console),
    )
    console.print(f"see {result.card}")
    return CHECK_FAILED if result.failures else 0


def _check_together(options: argparse.Namespace) -> None:
    """Refuse options that do not go together.

    Raises:
        ExportError: they do not.
    """
    if options.study is not None and options.spec is not None:
        raise ExportError(
            "a network comes from either --study (with --trial or --best-under) or --spec; give "
            "one of them."
        )
    check_study_options(options, ExportError)
    check_choices(
        _origin(options),
        weights=options.weights,
        precision=options.precision,
        names_classes=options.labels is not None,
        names_data=options.data is not None,
    )


def _origin(options: argparse.Namespace) -> Origin:
    if options.study is not None:
        return "study"
    return "weights" if options.spec is None else "spec"


def _names(text: str) -> list[str]:
    """Return names separated by commas."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError("must name a format.")
    return names


def _command(options: argparse.Namespace) -> str:
    """Return the command line, without the password a storage may hold."""
    from nasbench_mvit.workbench.shared.storage import without_password  # noqa: PLC0415

    words = PROG.split()
    for name, value in vars(options).items():
        if value is None or DEFAULTS.get(name) == value:
            continue
        text = ",".join(value) if isinstance(value, list) else str(value)
        if name == "storage":
            text = without_password(text)
        words += [f"--{name.replace('_', '-')}", text]
    return shlex.join(words)


main = Command(
    prog=PROG,
    description="Write one network with its weights as ONNX, Core ML, ExecuTorch or PyTorch "
    "files, check them against torch on real images, and describe them in a model card.",
    options=_options,
    run=_run,
)
