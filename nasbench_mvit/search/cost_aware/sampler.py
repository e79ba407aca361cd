"""CostAwareSampler: for Optuna studies in which some objectives are known before a trial is run.

Latency, parameters or energy of a network can be predicted in no time; its accuracy takes a training.
The sampler learns the expensive objectives by Gaussian processes, looks the cheap ones up, and
proposes the assignment whose expected gain in hypervolume is largest.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from nasbench_mvit.search.cost_aware.encoding import Parameters
from nasbench_mvit.search.cost_aware.proposal import Knowledge, propose

CheapObjective = Callable[[Parameters], float]
Constraints = Callable[[Parameters], Sequence[float]]

NUM_STARTUP = 8


class CostAwareSampler(BaseSampler):
    """Proposes what promises most, given what is known beforehand.

    Works in any study with two objectives or more of which at least one is not cheap, over
    discrete, continuous and conditional parameters. Proposals repeat no earlier trial while there
    are others, keep the constraints, and account for trials that still run. It keeps no state: what
    it proposes depends on the seed and on the trials in the storage alone, so that a study resumes
    as if it had never stopped.
    """

    def __init__(
        self,
        cheap_objectives: Mapping[int, CheapObjective],
        *,
        seed: int = 0,
        constraints: Constraints | None = None,
        reference: Sequence[float] | None = None,
        num_startup: int = NUM_STARTUP,
    ) -> None:
        """Say what is known beforehand.

        Args:
            cheap_objectives: by the index of the objective, a function from the parameters of a
                trial to its value.
            seed: of all that is drawn.
            constraints: a function from the parameters to values that must be 0 or below.
            reference: for each objective the worst value that counts; by default a little beyond
                the worst known.
            num_startup: trials spread over the space before anything is learnt.
        """
        self._cheap = dict(cheap_objectives)
        self._seed = seed
        self._constraints = constraints
        self._reference = reference
        self._num_startup = num_startup
        self._random = RandomSampler(seed=seed)

    def reseed_rng(self) -> None:
        """Do nothing: what is drawn depends on the seed and the trials."""

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return every parameter that a trial has had so far."""
        return {
            name: distribution
            for other in _others(study, trial)
            for name, distribution in other.distributions.items()
        }

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the parameters of the next trial; none before the first has shown what there are."""
        if not search_space:
            return {}
        rng = np.random.default_rng([self._seed, trial.number])
        return dict(propose(self._known(study, trial, search_space), rng))

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Draw a parameter that no trial has had before."""
        return self._random.sample_independent(study, trial, param_name, param_distribution)

    def _known(
        self, study: Study, trial: FrozenTrial, distributions: Mapping[str, BaseDistribution]
    ) -> Knowledge:
        signs_M = np.array(
            [-1.0 if way is StudyDirection.MAXIMIZE else 1.0 for way in study.directions]
        )
        others = _others(study, trial)
        done = [other for other in others if other.state is TrialState.COMPLETE]
        running = [other for other in others if other.state is TrialState.RUNNING]
        return Knowledge(
            distributions=distributions,
            tried=[other.params for other in others],
            done=[other.params for other in done],
            values_NM=np.array([signs_M * other.values for other in done]).reshape(
                -1, len(signs_M)
            ),
            feasible_N=np.array([_is_feasible(other) for other in done], dtype=bool),
            running=[other.params for other in running],
            cheap={
                place: _signed(function, signs_M[place]) for place, function in self._cheap.items()
            },
            constraints=self._constraints,
            reference_M=None if self._reference is None else signs_M * self._reference,
            num_startup=self._num_startup,
        )


def _others(study: Study, trial: FrozenTrial) -> list[FrozenTrial]:
    """Return the other trials that have parameters, by number."""
    return [
        other
        for other in study.get_trials(deepcopy=False)
        if other.number != trial.number and other.params
    ]


def _is_feasible(trial: FrozenTrial) -> bool:
    return all(value <= 0 for value in trial.constraints.values())


def _signed(function: CheapObjective, sign: float) -> CheapObjective:
    return lambda parameters: sign * function(parameters)
