"""``python -m nasbench_mvit export``: one network as files for a phone or another runtime."""

import argparse
import shlex

from nasbench_mvit.cli.shared.parser import (
    Parser,
    directory,
    given,
    guarded,
    natural_int,
    positive_int,
    positive_ms,
)
from nasbench_mvit.errors import ExportError, unknown
from nasbench_mvit.export.interface import PRECISIONS

PROG = "python -m nasbench_mvit export"
KINDS_OF_WEIGHTS = ("proxy", "random")
DEFAULTS = {"precision": "fp32", "seed": 0}


def parse(args: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(
        prog=PROG,
        description="Write one network with its weights as ONNX, Core ML, ExecuTorch or PyTorch "
        "files, check them against torch on real images, and say in a model card what they are.",
    )
    add = parser.add_argument
    add("--study", help="take the network from the run of this study (name or path)")
    add("--trial", type=natural_int, help="its trial of this number; S, XS and XXS are 0, 1 and 2")
    add(
        "--best-under",
        type=positive_ms,
        metavar="MS",
        help="its most accurate network whose latency, the upper end, is at most this",
    )
    add("--run-dir", type=directory, help="where the study's results are (default: runs/STUDY)")
    add("--storage", type=given, help="SQLAlchemy URL of the study's store, if not study.db")
    add("--spec", type=given, help="instead of --study: a published name or a spec.json")
    add("--format", required=True, type=_names, help="one or more of onnx,coreml,executorch,torch")
    add(
        "--weights",
        required=True,
        type=given,
        help="proxy (trained by the study's proxy), random, or a safetensors file",
    )
    add("--precision", default=DEFAULTS["precision"], help="fp32, fp16 or int8 (default: fp32)")
    add("--resolution", type=positive_int, help="side of the input in pixels (default: the spec's)")
    add("--seed", type=natural_int, default=DEFAULTS["seed"], help="of random weights (default: 0)")
    add("--labels", type=directory, help="file with the name of a class in each line")
    add("--data", help="images to check with, in place of the study's")
    add("--predictor", type=given, help="latency predictor, in place of the study's")
    add("--records", type=directory, help="records of measured latencies to look the network up in")
    add("--out", type=directory, help="folder (default: exports/ and what is exported)")
    return parser.parse_args(args)


def main(args: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = parse(args)
    return guarded(PROG, lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    _check_together(options)
    # Imported once the command line is known to be good: torch takes seconds to load.
    from nasbench_mvit.cli.export.session import export  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415

    return export(options, command=_command(options), console=plain_console())


def _check_together(options: argparse.Namespace) -> None:
    """Refuse options that do not go together.

    Raises:
        ExportError: they do not.
    """
    if options.precision not in PRECISIONS:
        raise ExportError(unknown("precision", options.precision, PRECISIONS))
    is_file = options.weights not in KINDS_OF_WEIGHTS
    sources = [name for name in ("study", "spec") if getattr(options, name) is not None]
    if len(sources) > 1 or not (sources or is_file):
        raise ExportError(
            "a network comes from either --study (with --trial or --best-under), --spec, or the "
            "file given by --weights; give one of them."
        )
    chosen = [name for name in ("trial", "best_under") if getattr(options, name) is not None]
    if options.study is not None and len(chosen) != 1:
        raise ExportError("--study needs either --trial N or --best-under MS; give one of them.")
    for name in ("trial", "best_under", "run_dir", "storage"):
        if options.study is None and getattr(options, name) is not None:
            raise ExportError(f"--{name.replace('_', '-')} says something of a --study; add that.")
    if options.weights == "proxy" and options.study is None:
        raise ExportError(
            "--weights proxy trains as a study does; take the network from a --study (S, XS and "
            "XXS are its trials 0, 1 and 2), or use --weights random or a file."
        )
    for name in ("data", "labels"):
        if options.weights == "proxy" and getattr(options, name) is not None:
            raise ExportError(
                "--weights proxy trains and checks on the study's own images and classes. Leave "
                f"--{name} out."
            )


def _names(text: str) -> list[str]:
    """Return names separated by commas."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError("must name a format.")
    return names


def _command(options: argparse.Namespace) -> str:
    """Return the command line, without the password a storage may hold."""
    from nasbench_mvit.search.store.location import Location  # noqa: PLC0415 - loads sqlalchemy

    words = PROG.split()
    for name, value in vars(options).items():
        if value is None or DEFAULTS.get(name) == value:
            continue
        text = ",".join(value) if isinstance(value, list) else str(value)
        if name == "storage":
            text = str(Location(url=text, exclusive=False))
        words += [f"--{name.replace('_', '-')}", text]
    return shlex.join(words)
