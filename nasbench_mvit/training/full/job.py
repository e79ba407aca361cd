"""A full training as a task: what to train on what, and the files it leaves in its folder.

``model.safetensors`` holds the average of the weights with the network, its classes, how images are
cut for it, and which it was trained on; ``recipe.json`` what was trained and how, ``history.json``
the scores after each epoch; ``checkpoint.pt`` is to go on from.
"""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.training.full.initial import InitialWeights
from nasbench_mvit.training.full.recipe import FullRecipe

CHECKPOINT = "checkpoint.pt"
RECIPE = "recipe.json"
WEIGHTS = "model.safetensors"
IMAGES = "images"


@dataclass(frozen=True, kw_only=True)
class FullJob:
    """A full training to run: its network, images and recipe.

    Attributes:
        spec: the network.
        recipe: the recipe ``of_task`` of the network; fields that are not set are chosen to suit
            the images.
        source: source of the images, as ``open_images`` names it, or ``open_annotated`` where the
            network detects or segments.
        seed: seed of all random numbers.
        folder: directory of its files; every process must see the same one.
        device: device of this process.
        workers: processes that decode images, for each that trains.
        every: updates between two checkpoints.
        initial: weights that the network starts from; None for random ones.
    """

    spec: MobileViTSpec
    recipe: FullRecipe
    source: str
    seed: int
    folder: Path
    device: str
    workers: int
    every: int
    initial: InitialWeights | None = None
