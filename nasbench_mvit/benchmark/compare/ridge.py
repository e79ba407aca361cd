"""A ridge regression as a rival: the simplest sampler that is told the cost and the whole table.

Axes: N networks of the table, T trained ones, F features.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from nasbench_mvit.benchmark.compare.problem import Choices, Problem
from nasbench_mvit.cost_aware.hypervolume_improvement import (
    expected_hypervolume_improvement,
    undominated_boxes,
)

Floats = NDArray[np.float64]

NUM_STARTUP = 12  # networks drawn at random
PENALTIES = tuple(np.logspace(-2, 3, 11).tolist())
MAX_LEVERAGE = 1 - 1e-6
MARGIN = 0.1  # of an unknown reference point beyond the worst that was trained


class RidgeSampler(BaseSampler):
    """Proposes the untried network with the largest expected gain in hypervolume.

    Accuracies are linear in the choices of each parameter; the penalty is that of the smallest
    error of the trained networks left out in turn, from which the variance follows: choices that
    were hardly tried have a large one.
    """

    def __init__(self, problem: Problem, seed: int, *, reference: Sequence[float] | None) -> None:
        """Encode the whole table; without a ``reference`` one beyond the worst trained is used."""
        self._rng = np.random.default_rng(seed)
        self._names = list(problem.distributions)
        self._networks = list(problem.outcomes)
        self._places = {network: place for place, network in enumerate(self._networks)}
        self._inputs_NF = _one_hot(self._networks)
        self._costs_N = np.array([outcome.cost for outcome in problem.outcomes.values()])
        self._reference = reference

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return nothing: ``before_trial`` chooses the whole network."""
        del study, trial
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return nothing, likewise."""
        del study, trial, search_space
        return {}

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Choose the network of the trial."""
        del trial
        done = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        tried_T = np.array([self._places[self._choices(t.params)] for t in done], dtype=int)
        untried = np.setdiff1d(np.arange(len(self._networks)), tried_T)
        if len(done) < NUM_STARTUP:
            place = int(self._rng.choice(untried))
        else:
            accuracies_T = np.array([t.values[0] for t in done])
            place = int(untried[np.argmax(self._gains(tried_T, accuracies_T)[untried])])
        self._chosen: Mapping[str, Any] = dict(zip(self._names, self._networks[place], strict=True))

    def _choices(self, params: Mapping[str, Any]) -> Choices:
        return tuple(params[name] for name in self._names)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return a parameter of the chosen network."""
        del study, trial, param_distribution
        return self._chosen[param_name]

    def _gains(self, tried_T: NDArray[np.intp], accuracies_T: Floats) -> Floats:
        mean_N, sd_N = _predict(self._inputs_NF, tried_T, accuracies_T)
        values_T2 = np.stack([-accuracies_T, self._costs_N[tried_T]], axis=1)
        low_2, high_2 = values_T2.min(axis=0), values_T2.max(axis=0)
        worst_2 = high_2 + MARGIN * (high_2 - low_2)
        if self._reference is not None:
            worst_2 = np.array([-self._reference[0], self._reference[1]])
        mean_N2 = np.stack([-mean_N, self._costs_N], axis=1)
        sd_N2 = np.stack([sd_N, np.zeros(len(sd_N))], axis=1)
        boxes = undominated_boxes(values_T2, worst_2)
        return expected_hypervolume_improvement(mean_N2, sd_N2, boxes, np.full(2, -np.inf))


def _one_hot(networks: Sequence[Choices]) -> Floats:
    columns = zip(*networks, strict=True)
    blocks = []
    for column in columns:
        values = {value: place for place, value in enumerate(dict.fromkeys(column))}
        blocks.append(np.eye(len(values))[[values[value] for value in column]])
    return np.concatenate(blocks, axis=1)


def _predict(
    inputs_NF: Floats, tried_T: NDArray[np.intp], targets_T: Floats
) -> tuple[Floats, Floats]:
    """Return mean and standard deviation for each network, (N,) each."""
    middle_F, middle = inputs_NF[tried_T].mean(axis=0), targets_T.mean()
    centred_NF = inputs_NF - middle_F
    left, sizes, right = np.linalg.svd(centred_NF[tried_T], full_matrices=False)
    centred_T = targets_T - middle
    errors = [_error_left_out(left, sizes, centred_T, penalty) for penalty in PENALTIES]
    error, penalty = min(zip(errors, PENALTIES, strict=True))
    along_NT = centred_NF @ right.T
    mean_N = middle + along_NT @ (sizes / (sizes**2 + penalty) * (left.T @ centred_T))
    beside_N = np.maximum((centred_NF**2).sum(axis=1) - (along_NT**2).sum(axis=1), 0)
    leverage_N = along_NT**2 @ (1 / (sizes**2 + penalty)) + beside_N / penalty
    return mean_N, error * np.sqrt(1 + leverage_N)


def _error_left_out(left: Floats, sizes: Floats, targets_T: Floats, penalty: float) -> float:
    """Return the root mean square error of networks left out in turn, in closed form."""
    shrunk = sizes**2 / (sizes**2 + penalty)
    residual_T = targets_T - left @ (shrunk * (left.T @ targets_T))
    leverage_T = np.minimum(left**2 @ shrunk + 1 / len(targets_T), MAX_LEVERAGE)
    return float(np.sqrt(np.mean((residual_T / (1 - leverage_T)) ** 2)))
