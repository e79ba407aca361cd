"""``python -m nasbench_mvit export``: one network as files for a phone or another runtime."""

import argparse
import shlex
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.network_options import NetworkOptions
from nasbench_mvit.cli.shared.next_command import next_line
from nasbench_mvit.cli.shared.options import Options, included, option
from nasbench_mvit.cli.shared.parser import directory, natural_int, positive_int
from nasbench_mvit.errors import ExportError
from nasbench_mvit.workbench.exports.choices import Origin, Precision, check_choices

PROG = "python -m nasbench_mvit export"
CHECK_FAILED = 1
#: What measures a format on this machine.
TARGETS = {
    "onnx": "onnxruntime",
    "executorch": "executorch",
    "coreml": "coreml",
    "litert": "litert",
}


def _names(text: str) -> list[str]:
    """Return names separated by commas."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError("must name a format.")
    return names


@dataclass(frozen=True, kw_only=True)
class ExportOptions(Options):
    """The options of ``export``."""

    network: NetworkOptions = included(NetworkOptions)
    spec: str | None = option(help="instead of --study: a published name or a spec.json")
    format: list[str] = option(
        required=True,
        type=_names,
        help="one or more of onnx,coreml,executorch,litert,torch,transformers,timm",
    )
    weights: str = option(
        required=True,
        help="proxy (trained by the study's proxy), random, a file of weights, hf:OWNER/NAME "
        "(Hugging Face Hub) or timm:NAME",
    )
    source: str | None = option(help="origin of the weights (default: recognised by their names)")
    part: str | None = option(help="which of several sets of weights in it, like state_dict")
    precision: Precision = option(
        type=str, default="fp32", help="fp32, fp16 or int8 (default: fp32)"
    )
    resolution: int | None = option(type=positive_int, help="side of the input in pixels")
    seed: int = option(type=natural_int, default=0, help="seed of random weights (default: 0)")
    labels: Path | None = option(type=directory, help="file with the name of a class in each line")
    data: str | None = option(
        type=str, help="images to check with (default: the study's, or those evaluated)"
    )
    predictor: str | None = option(help="latency predictor, in place of the study's")
    records: Path | None = option(
        type=directory, help="records of measured latencies to look the network up in"
    )
    out: Path | None = option(
        type=directory, help="output folder (default: a folder below exports/)"
    )
    push_to_hub: str | None = option(
        metavar="OWNER/NAME", help="publish the export on the Hugging Face Hub"
    )


def _run(options: ExportOptions) -> int:
    _check_together(options)
    # Imported once the command line is known to be good: torch takes seconds to load.
    from nasbench_mvit.cli.shared.console import ConsoleNotes, plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.exports.export import export_network  # noqa: PLC0415
    from nasbench_mvit.workbench.shared.labels import read_labels  # noqa: PLC0415

    console = plain_console()
    result = export_network(
        options.network.network(options.spec),
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
        push_to_hub=options.push_to_hub,
        command=_command(options),
        observer=ConsoleNotes(console),
    )
    console.print(f"see {result.card}")
    if result.hub_page is not None:
        console.print(f"published: {result.hub_page}")
    target = next((TARGETS[name] for name in options.format if name in TARGETS), None)
    if target is not None and options.records is None and not result.failures:
        run_dir = Path("runs") / f"measure-{result.folder.name}"
        console.print(
            next_line("measure", {"--target": target, "--specs": result.spec, "--run-dir": run_dir})
        )
    return CHECK_FAILED if result.failures else 0


def _check_together(options: ExportOptions) -> None:
    """Refuse options that do not go together.

    Raises:
        ExportError: they do not.
    """
    if options.network.study is not None and options.spec is not None:
        raise ExportError(
            "a network comes from either --study (with --trial or --best-under) or --spec; give "
            "one of them."
        )
    options.network.check_together(ExportError)
    check_choices(
        _origin(options),
        weights=options.weights,
        precision=options.precision,
        names_classes=options.labels is not None,
        names_data=options.data is not None,
    )


def _origin(options: ExportOptions) -> Origin:
    if options.network.study is not None:
        return "study"
    return "weights" if options.spec is None else "spec"


def _command(options: ExportOptions) -> str:
    """Return the command line, without the password a storage may hold."""
    from nasbench_mvit.workbench.shared.storage import without_password  # noqa: PLC0415

    words = PROG.split()
    for flag, value in options.not_default():
        text = ",".join(value) if isinstance(value, list) else str(value)
        words += [flag, without_password(text) if flag == "--storage" else text]
    return shlex.join(words)


main = Command(
    prog=PROG,
    description="Write one network with its weights as ONNX, Core ML, ExecuTorch or PyTorch "
    "files, check them against torch on real images, and describe them in a model card.",
    options=ExportOptions,
    run=_run,
)
