"""The options of a full training, which ``train_network`` and ``plan_training`` share."""

from pathlib import Path
from typing import TypedDict

from nasbench_mvit.training.full.recipe import FullRecipe


class TrainingOptions(TypedDict, total=False):
    """The keyword arguments of a full training; each may be left out.

    Attributes:
        recipe: recipe of the training. Values that are not set are the paper's, adapted to few
            images and to weights that are trained already; those that are set are kept.
        init: weights that the network starts from: the path of a file, "hf:OWNER/NAME" for the
            Hugging Face Hub or "timm:NAME" for an installed timm; None for random ones.
        task: "classification", "detection" or "segmentation": the network gets the usual head of
            that task; None for the network's own.
        backbone: weights, named as for ``init``, whose backbone a network that detects or segments
            starts from; None for random ones.
        source: origin of these weights: "nasbench_mvit", "transformers", "timm" or "ml-cvnets";
            None to recognise it by their names.
        part: which of several sets of weights in the file, by its place in it.
        out: folder of all files; None for ``runs/train-`` (``runs/fine-tune-`` with ``init``) and
            the network.
        seed: seed of weights, order, crops and sizes.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        workers: processes that decode images, for each that trains, 0 for none; None for a share
            of the cores, 8 at most.
        checkpoint_updates: updates between two checkpoints; 250 unless given.
    """

    recipe: FullRecipe
    init: str | Path | None
    task: str | None
    backbone: str | Path | None
    source: str | None
    part: str | None
    out: str | Path | None
    seed: int
    device: str
    workers: int | None
    checkpoint_updates: int
