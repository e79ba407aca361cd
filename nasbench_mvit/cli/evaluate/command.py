"""``python -m nasbench_mvit evaluate``: top-1 and top-5 of weights on images."""

import argparse

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.parser import (
    Parser,
    directory,
    given,
    num_workers_or_none,
    positive_int,
)
from nasbench_mvit.errors import WeightsError
from nasbench_mvit.workbench.evaluations.choices import SOURCES, SPLITS, check_choices


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "--weights",
        required=True,
        type=given,
        help="a safetensors file, a checkpoint, hf:OWNER/NAME (Hugging Face Hub) or timm:NAME",
    )
    add(
        "--source",
        type=given,
        help=f"who wrote it: {', '.join(SOURCES)} (default: told by the names in the file)",
    )
    add("--part", type=given, help="which of several sets of weights in the file, like state_dict")
    add(
        "--data",
        required=True,
        type=given,
        help="images: imagefolder:PATH, huggingface:NAME, fashion_mnist:PATH or embedded",
    )
    add("--split", type=given, default=SPLITS[0], help="val or test (default: val)")
    add(
        "--include-trained",
        action="store_true",
        help="also score images that the network was trained on, which are left out otherwise",
    )
    add(
        "--labels",
        type=directory,
        help="file with the name of each logit's class in a line, as the folders are called; "
        "images of some of these classes are then enough",
    )
    add("--channels", type=given, help="rgb or bgr, where the file differs from its source")
    add("--resize", type=positive_int, help="short side of an image in pixels, likewise")
    add("--crop", type=positive_int, help="side of the centre crop in pixels, likewise")
    add("--batch-size", type=positive_int, default=64, help="images at once (default: 64)")
    add("--device", type=given, default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--workers", type=num_workers_or_none, help="processes that decode images")


def _run(options: argparse.Namespace) -> int:
    check_choices(source=options.source, split=options.split, channels=options.channels)
    # Imported once the command line is known to be good: torch takes seconds to load.
    from nasbench_mvit.cli.evaluate.console import EvaluationConsole, show_scores  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.shared.labels import read_labels  # noqa: PLC0415
    from nasbench_mvit.workbench.evaluations.evaluate import evaluate_weights  # noqa: PLC0415

    console = plain_console()
    result = evaluate_weights(
        options.weights,
        options.data,
        source=options.source,
        part=options.part,
        split=options.split,
        include_trained=options.include_trained,
        classes=None if options.labels is None else read_labels(options.labels, WeightsError),
        channels=options.channels,
        resize=options.resize,
        crop=options.crop,
        batch_size=options.batch_size,
        device=options.device,
        workers=options.workers,
        observer=EvaluationConsole(console, include_trained=options.include_trained),
    )
    show_scores(console, result)
    return 0


main = Command(
    prog="python -m nasbench_mvit evaluate",
    description="Score the weights of a file on labelled images: top-1 and top-5, with 95 % "
    "intervals. Published checkpoints are shown images as their source prepares them.",
    options=_options,
    run=_run,
)
