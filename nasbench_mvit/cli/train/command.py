"""``python -m nasbench_mvit train``: train a network in full, by the paper's recipe."""

import argparse
from typing import TYPE_CHECKING

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
    num_workers,
    num_workers_or_none,
    positive_int,
)
from nasbench_mvit.errors import TrainingError
from nasbench_mvit.io.validation import validate_strings
from nasbench_mvit.training.full.recipe import ADAPTED, FullRecipe

if TYPE_CHECKING:
    from nasbench_mvit.workbench.full_training.options import TrainingOptions


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "--network",
        dest="spec",
        type=given,
        metavar="NETWORK",
        help="mobilevit_s, mobilevit_xs, mobilevit_xxs, or a spec.json",
    )
    add_study_options(parser, "instead: take the network from the run of this study (name or path)")
    add(
        "--init",
        type=given,
        metavar="WEIGHTS",
        help="fine-tune these weights: a file, hf:OWNER/NAME (Hugging Face Hub) or timm:NAME; "
        "without --network or --study, the network is theirs",
    )
    add("--source", type=given, help="who wrote these weights (default: told by their names)")
    add("--part", type=given, help="which of several sets of weights in the file, like state_dict")
    add(
        "--data",
        required=True,
        type=given,
        help="images: imagefolder:PATH, huggingface:NAME, fashion_mnist:PATH or embedded",
    )
    add(
        "--out",
        type=directory,
        help="folder (default: runs/train- and the network; with --init runs/fine-tune-)",
    )
    add("--seed", type=natural_int, default=0, help="of weights, order, crops, sizes (default: 0)")
    add("--device", type=given, default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--workers", type=num_workers_or_none, help="processes that decode images, for each device")
    add(
        "--checkpoint-updates",
        type=positive_int,
        default=250,
        help="updates between two checkpoints (default: 250)",
    )
    add("--ray", type=num_workers, metavar="N", help="train in N processes of a Ray cluster")
    add("--dry-run", action="store_true", help="show what it is and how long it takes, then stop")
    _add_recipe(parser)


def _add_recipe(parser: Parser) -> None:
    """Add an option for each field of the recipe."""
    for name, field in FullRecipe.model_fields.items():
        default = field.default
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
        if name in ADAPTED:
            shown += ", adapted to few images"
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=given,
            metavar="N,…" if isinstance(default, tuple) else "N",
            help=f"{field.description} (default: {shown})",
        )


def recipe_of(options: argparse.Namespace) -> FullRecipe:
    """Return the recipe the options ask for.

    Raises:
        TrainingError: a value is not valid, or does not go with the others.
    """
    values: dict[str, str | list[str]] = {}
    for name, field in FullRecipe.model_fields.items():
        text = getattr(options, name)
        if text is not None:
            values[name] = text.split(",") if isinstance(field.default, tuple) else text
    return validate_strings(values, FullRecipe, TrainingError, where="the recipe")


def _run(options: argparse.Namespace) -> int:
    recipe = recipe_of(options)
    _check_together(options)
    network = network_of(options) if options.study or options.spec else None
    # Imported once the command line is known to be good: torch takes seconds to load.
    from nasbench_mvit.cli.shared.console import plain_console  # noqa: PLC0415
    from nasbench_mvit.cli.train.console import (  # noqa: PLC0415
        TrainConsole,
        show_plan,
        show_result,
    )
    from nasbench_mvit.workbench.full_training.train import (  # noqa: PLC0415
        plan_training,
        train_network,
    )

    console = plain_console()
    shared: TrainingOptions = {
        "recipe": recipe,
        "init": options.init,
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
        network, options.data, ray_processes=options.ray, observer=observer, **shared
    )
    if trained.is_first:
        show_result(console, trained)
    return 0


def _check_together(options: argparse.Namespace) -> None:
    """Refuse options that do not go together.

    Raises:
        TrainingError: they do not.
    """
    named = [name for name in (options.study, options.spec) if name is not None]
    if len(named) != 1 and (named or options.init is None):
        raise TrainingError(
            "a network comes from either --network or --study (with --trial or --best-under), or "
            "is that of --init; give one of them."
        )
    for name in ("source", "part"):
        if getattr(options, name) is not None and options.init is None:
            raise TrainingError(f"--{name} says something of the weights of --init; add that.")
    check_study_options(options, TrainingError)
    if options.ray is not None and options.dry_run:
        raise TrainingError("--dry-run times one process on this machine; leave --ray out.")


main = Command(
    prog="python -m nasbench_mvit train",
    description="Train one network in full, by default as the paper does on ImageNet, or "
    "fine-tune trained weights (--init). The same command again resumes. Start it with "
    "torchrun, or with --ray, to use several GPUs.",
    options=_options,
    run=_run,
)
