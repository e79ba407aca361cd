"""``python -m nasbench_mvit train``: train a network in full, by the paper's recipe."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.network_options import NetworkOptions
from nasbench_mvit.cli.shared.options import Options, flag, included, option
from nasbench_mvit.cli.shared.parser import (
    Parser,
    directory,
    given,
    natural_int,
    num_workers,
    num_workers_or_none,
    positive_int,
)
from nasbench_mvit.cli.shared.track_options import TrackOptions
from nasbench_mvit.errors import TrainingError
from nasbench_mvit.training.full.recipe import ADAPTED, PAPER, UNUSED, FullRecipe

if TYPE_CHECKING:
    from nasbench_mvit.workbench.full_training.options import TrainingOptions

TO = {"detection": "to detect", "segmentation": "to segment"}


@dataclass(frozen=True, kw_only=True)
class RecipeOptions(Options):
    """An option for each field of the recipe.

    Attributes:
        texts: what is given, by the names of the fields.
    """

    texts: Mapping[str, str]

    @classmethod
    def declare(cls, parser: Parser) -> None:
        """Add the options to a parser."""
        for name, field in FullRecipe.model_fields.items():
            parser.add_argument(
                f"--{name.replace('_', '-')}",
                type=given,
                metavar="N,…" if isinstance(field.default, tuple) else "N",
                help=f"{field.description} ({_defaults(name)})",
            )

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return the options that a parser has found."""
        texts = {name: values[name] for name in FullRecipe.model_fields}
        return cls(texts={name: text for name, text in texts.items() if text is not None})

    def recipe(self) -> FullRecipe:
        """Return the recipe the options ask for.

        Raises:
            TrainingError: a value is not valid, or does not go with the others.
        """
        return FullRecipe.from_texts(self.texts)


def _defaults(field: str) -> str:
    """Return the defaults of a field of the recipe, by task where they differ, in words."""
    shown = {
        task: _shown(getattr(recipe, field))
        for task, recipe in PAPER.items()
        if field not in UNUSED[task]
    }
    first = shown.pop("classification")
    others = [f"{TO[task]} {value}" for task, value in shown.items() if value != first]
    text = ", ".join([f"default: {first}", *others])
    if not shown:
        text = f"to classify only, {text}"
    return f"{text}, adapted to few images" if field in ADAPTED else text


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True, kw_only=True)
class TrainOptions(Options):
    """The options of ``train``."""

    spec: str | None = option(
        "--network",
        metavar="NETWORK",
        help="mobilevit_s, mobilevit_xs, mobilevit_xxs, or a spec.json",
    )
    network: NetworkOptions = included(NetworkOptions)
    init: str | None = option(
        metavar="WEIGHTS",
        help="fine-tune these weights: a file, hf:OWNER/NAME (Hugging Face Hub) or timm:NAME; "
        "without --network or --study, the network is theirs",
    )
    task: str | None = option(
        help="classification, detection or segmentation: the network gets the usual head for it "
        "(default: the network's own)",
    )
    backbone: str | None = option(
        metavar="WEIGHTS",
        help="to detect or segment, start from the backbone of these weights, named as for --init",
    )
    source: str | None = option(help="origin of the weights (default: recognised by their names)")
    part: str | None = option(help="which of several sets of weights in the file, like state_dict")
    data: str = option(
        required=True,
        help="images: imagefolder:PATH, huggingface:NAME, fashion_mnist:PATH or embedded; to "
        "detect or segment: coco:PATH, voc:PATH, huggingface:NAME or embedded",
    )
    out: Path | None = option(
        type=directory,
        help="output folder (default: runs/train-NETWORK; with --init runs/fine-tune-NETWORK, with "
        "--task runs/train-TASK-NETWORK)",
    )
    seed: int = option(
        type=natural_int, default=0, help="seed of weights, order, crops and sizes (default: 0)"
    )
    device: str = option(default="auto", help="auto, cpu, cuda, cuda:N or mps")
    workers: int | None = option(
        type=num_workers_or_none, help="processes that decode images, for each device"
    )
    checkpoint_updates: int = option(
        type=positive_int, default=250, help="updates between two checkpoints (default: 250)"
    )
    ray: int | None = option(
        type=num_workers, metavar="N", help="train in N processes of a Ray cluster"
    )
    track: TrackOptions = included(TrackOptions)
    dry_run: bool = flag(help="show the plan and its expected time, then stop")
    recipe: RecipeOptions = included(RecipeOptions)


def _run(options: TrainOptions) -> int:
    recipe = options.recipe.recipe()
    _check_together(options)
    network = options.network.network(options.spec)
    # Imported once the command line is known to be good: torch takes seconds to load.
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.train.console import (  # noqa: PLC0415
        TrainConsole,
        show_plan,
    )
    from nasbench_mvit.workbench.full_training.train import (  # noqa: PLC0415
        plan_training,
        train_network,
    )

    console = plain_console()
    shared: TrainingOptions = {
        "recipe": recipe,
        "init": options.init,
        "task": options.task,
        "backbone": options.backbone,
        "source": options.source,
        "part": options.part,
        "out": options.out,
        "seed": options.seed,
        "device": options.device,
        "workers": options.workers,
        "checkpoint_updates": options.checkpoint_updates,
    }
    if options.dry_run:
        plan = plan_training(network, options.data, **shared)
        if plan.is_first:
            show_plan(console, plan)
        return 0
    observer = TrainConsole(console)
    trained = train_network(
        network,
        options.data,
        ray_processes=options.ray,
        track=options.track.track or None,
        observer=observer,
        **shared,
    )
    if trained.is_first:
        observer.ended(trained, options.data)
    return 0


def _check_together(options: TrainOptions) -> None:
    """Refuse options that do not go together.

    Raises:
        TrainingError: they do not.
    """
    named = [name for name in (options.network.study, options.spec) if name is not None]
    starts = [name for name in ("init", "backbone") if getattr(options, name) is not None]
    if len(starts) > 1:
        raise TrainingError(
            "a network starts from either --init, to classify, or --backbone, to detect or "
            "segment; give one of them."
        )
    if len(named) != 1 and (named or not starts):
        raise TrainingError(
            "a network comes from either --network or --study (with --trial or --best-under), or "
            "is that of --init or --backbone; give one of them."
        )
    for name in ("source", "part"):
        if getattr(options, name) is not None and not starts:
            raise TrainingError(
                f"--{name} says something of the weights of --init or --backbone; add one of them."
            )
    options.network.check_together(TrainingError)
    if options.ray is not None and options.dry_run:
        raise TrainingError("--dry-run times one process on this machine; leave --ray out.")


main = Command(
    prog="python -m nasbench_mvit train",
    description="Train one network in full, by default as the paper does on ImageNet, or "
    "fine-tune trained weights (--init). The same command again resumes. Start it with "
    "torchrun, or with --ray, to use several GPUs.",
    options=TrainOptions,
    run=_run,
)
