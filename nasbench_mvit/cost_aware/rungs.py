"""FrontRungs: early stopping of trials with several objectives, which Optuna's pruners refuse.

``Trial.report`` raises where a study has several objectives. Here a trial reports all of them at a
few steps, the rungs, and stops where too many others stood on earlier fronts at the same rung:
asynchronous successive halving by non-dominated sorting (Schmucker et al., "Multi-objective
Asynchronous Successive Halving", 2021). What is reported is kept in the trial's user attributes, so
that processes at one storage share it and a resumed study goes on with it.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from optuna import Trial
from optuna.study import StudyDirection
from optuna.trial import TrialState

from nasbench_mvit.cost_aware.errors import SamplerError

KEY = "front_rungs"


class FrontRungs:
    """The rungs of a study.

    A trial that no other dominates at its rung goes on; any other goes on while fewer than one in
    ``reduction`` of the trials at the rung are on an earlier front than its own. The first to
    arrive goes on. Failed trials do not count.

    Example:
        >>> import optuna
        >>> rungs = FrontRungs(reduction=2.0)
        >>> def objective(trial):
        ...     width = trial.suggest_int("width", 1, 8)
        ...     for epoch in (1, 2):
        ...         accuracy, latency = width / 8 * epoch, float(width % 4)
        ...         rungs.report(trial, [accuracy, latency], step=epoch)
        ...         if rungs.should_prune(trial):
        ...             raise optuna.TrialPruned
        ...     return accuracy, latency
        >>> study = optuna.create_study(directions=["maximize", "minimize"])
        >>> study.optimize(objective, n_trials=20)
        >>> {trial.state.name for trial in study.trials} <= {"COMPLETE", "PRUNED"}
        True
    """

    def __init__(self, *, reduction: float = 3.0) -> None:
        """Set the rule.

        Args:
            reduction: about one trial in so many goes on from a rung.

        Raises:
            SamplerError: it is not above 1.
        """
        if not reduction > 1:
            raise SamplerError(f"`reduction=` must be above 1, such as 3, got {reduction}.")
        self._reduction = reduction

    def report(self, trial: Trial, values: Sequence[float], step: int) -> None:
        """Keep the objectives of a trial at a rung, in the order of the study's directions.

        Raises:
            SamplerError: there are not as many as the study has objectives.
        """
        wanted = len(trial.study.directions)
        if len(values) != wanted:
            raise SamplerError(
                f"`values=` must hold the {wanted} objectives of the study in their order, got "
                f"{len(values)}."
            )
        trial.set_user_attr(f"{KEY}.{step}", [float(value) for value in values])
        trial.set_user_attr(KEY, step)

    def should_prune(self, trial: Trial) -> bool:
        """Return whether a trial should stop at the rung that it reported last."""
        step = trial.user_attrs.get(KEY)
        if step is None:
            return False
        key = f"{KEY}.{step}"
        found = {
            other.number: other.user_attrs[key]
            for other in trial.study.get_trials(deepcopy=False)
            if key in other.user_attrs and other.state is not TrialState.FAIL
        }
        found[trial.number] = trial.user_attrs[key]
        ranks = _fronts(_losses(list(found.values()), trial.study.directions))
        own = ranks[list(found).index(trial.number)]
        if own == 0:
            return False
        return bool((ranks < own).sum() >= len(found) / self._reduction)


def _losses(
    values: Sequence[Sequence[float]], directions: Sequence[StudyDirection]
) -> NDArray[np.float64]:
    """Return objectives that are all minimised; one that is not a number is the worst."""
    signs = [-1.0 if way is StudyDirection.MAXIMIZE else 1.0 for way in directions]
    losses = np.array(values, dtype=np.float64) * signs
    losses[np.isnan(losses)] = math.inf
    return losses


def _fronts(losses: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the front of each row of (N, objectives): 0 where nothing dominates it."""
    one, other = losses[:, None], losses[None]
    better: NDArray[np.bool_] = np.logical_and(
        np.all(one <= other, axis=-1), np.any(one < other, axis=-1)
    )
    ranks: NDArray[np.int64] = np.full(len(losses), -1, dtype=np.int64)
    rank = 0
    while (ranks < 0).any():
        left = ranks < 0
        ranks[left & ~np.any(better[left], axis=0)] = rank
        rank += 1
    return ranks
