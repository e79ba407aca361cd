"""``python -m nasbench_mvit evaluate``: the scores of weights on images."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.next_command import next_line
from nasbench_mvit.cli.shared.options import Options, flag, option
from nasbench_mvit.cli.shared.parser import directory, num_workers_or_none, positive_int
from nasbench_mvit.errors import WeightsError
from nasbench_mvit.workbench.evaluations.choices import SOURCES, SPLITS, Channels, check_choices


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions(Options):
    """The options of ``evaluate``."""

    weights: str = option(
        required=True,
        help="a safetensors file, a checkpoint, hf:OWNER/NAME (Hugging Face Hub) or timm:NAME",
    )
    source: str | None = option(
        help=f"origin of the weights: {', '.join(SOURCES)} (default: recognised by their names)"
    )
    part: str | None = option(help="which of several sets of weights in the file, like state_dict")
    data: str = option(
        required=True,
        help="images: imagefolder:PATH, huggingface:NAME, fashion_mnist:PATH or embedded; to "
        "detect or segment coco:PATH, voc:PATH, huggingface:NAME or embedded",
    )
    split: str = option(
        default=SPLITS[0],
        help="val or test (default: val); see --include-trained for images trained on",
    )
    include_trained: bool = flag(
        help="also score images that the network was trained on, which are left out otherwise"
    )
    labels: Path | None = option(
        type=directory,
        help="file with the name of each logit's class in a line, as the folders are called; "
        "images of some of these classes are then enough",
    )
    channels: Channels | None = option(help="rgb or bgr, where the file differs from its source")
    resize: int | None = option(
        type=positive_int, help="short side of an image in pixels, if the source's is wrong"
    )
    crop: int | None = option(
        type=positive_int,
        help="side of the centre crop in pixels, or of the square that images with boxes or "
        "masks are scaled to",
    )
    batch_size: int = option(type=positive_int, default=64, help="images per batch (default: 64)")
    device: str = option(default="auto", help="auto, cpu, cuda, cuda:N or mps")
    workers: int | None = option(type=num_workers_or_none, help="processes that decode images")


def _run(options: EvaluateOptions) -> int:
    check_choices(source=options.source, split=options.split, channels=options.channels)
    # Imported once the command line is known to be good: torch takes seconds to load.
    from nasbench_mvit.cli.evaluate.console import EvaluationConsole, show_scores  # noqa: PLC0415
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.workbench.evaluations.evaluate import evaluate_weights  # noqa: PLC0415
    from nasbench_mvit.workbench.shared.labels import read_labels  # noqa: PLC0415

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
    of_weights = {name: getattr(options, name[2:]) for name in ("--weights", "--source", "--part")}
    console.print(
        next_line("export", of_weights | {"--labels": options.labels, "--format": "onnx"})
    )
    return 0


main = Command(
    prog="python -m nasbench_mvit evaluate",
    description="Score the weights of a file on images: top-1 and top-5, COCO's mAP, or mIoU, by "
    "the task of its network, with 95 % intervals. Published checkpoints are shown images as their "
    "source prepares them.",
    options=EvaluateOptions,
    run=_run,
)
