"""CostAwareSampler: for Optuna studies in which some objectives are known before a trial is run.

Latency, parameters or energy of a network can be predicted in no time; its accuracy takes a
training. The sampler learns the expensive objectives by Gaussian processes, looks the cheap ones
up, and proposes the assignment whose expected gain in hypervolume is largest.

Axes: N finished trials, M objectives, Q constraints.
"""

import math
import threading
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from nasbench_mvit.errors import StudyError, listed
from nasbench_mvit.search.cost_aware.beforehand import Beforehand, CheapObjective, Constraints
from nasbench_mvit.search.cost_aware.encoding import Parameters
from nasbench_mvit.search.cost_aware.pool import draw_one

if TYPE_CHECKING:
    from nasbench_mvit.search.cost_aware.promise import Knowledge

Floats = NDArray[np.float64]

NUM_STARTUP = 12
_ASKING = threading.Lock()  # threads that propose at once would propose the same


class CostAwareSampler(BaseSampler):
    """Proposes what promises most, given what is known beforehand.

    Works in any Optuna study in which at least one objective is not cheap, over discrete,
    continuous and conditional parameters. A proposal repeats no earlier trial while the space has
    others, keeps the constraints, and accounts for trials that still run by what is expected of
    them. Proposals depend on the seed and on the trials in the storage alone, so that a study
    resumes as if it had never stopped. Which parameters apply where
    is learnt from the trials.
    """

    def __init__(
        self,
        cheap_objectives: Mapping[int, CheapObjective],
        seed: int = 0,
        *,
        constraints: Constraints | None = None,
        reference: Sequence[float] | None = None,
        num_startup: int = NUM_STARTUP,
    ) -> None:
        """Say what is known beforehand.

        A function that has a method ``many`` is given lists of parameters by it, to return a list.

        Args:
            cheap_objectives: by the index of the objective, a function from the parameters of a
                trial to its value.
            seed: of all that is drawn.
            constraints: a function from the parameters to values that must be 0 or below. Without
                it, constraints that trials report are learnt like objectives.
            reference: for each objective the worst value that counts; by default a little beyond
                the worst known.
            num_startup: trials spread over the space before anything is learnt.

        Raises:
            StudyError: an index or the seed is no whole number of 0 or more, or a value of the
                reference is not finite.
        """
        for name, numbers in (("cheap_objectives", list(cheap_objectives)), ("seed", [seed])):
            if wrong := [n for n in numbers if not isinstance(n, int) or n < 0]:
                raise StudyError(f"{name} takes whole numbers of 0 or more, got {wrong[0]!r}.")
        if reference is not None and not all(map(math.isfinite, reference)):
            raise StudyError(f"reference takes finite numbers, got {list(reference)}.")
        self._cheap = dict(cheap_objectives)
        self._seed = seed
        self._constraints = constraints
        self._reference = None if reference is None else tuple(reference)
        self._num_startup = num_startup
        # What trials of other threads run with, who are yet to ask for it.
        self._proposed: dict[tuple[str, int], Parameters] = {}

    def reseed_rng(self) -> None:
        """Do nothing: what is drawn depends on the seed and the trials."""

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return every parameter that a trial has had so far.

        Raises:
            StudyError: the study does not have the objectives that the sampler was told of.
        """
        self._check(study)
        return {
            name: distribution
            for other in _others(study, trial)
            for name, distribution in other.distributions.items()
        }

    def _check(self, study: Study) -> None:
        count = len(study.directions)
        indices = range(count)
        if wrong := [index for index in self._cheap if index not in indices]:
            raise StudyError(
                f"cheap_objectives names the objective {wrong[0]}, but the study has {count}: "
                f"{listed(indices)}."
            )
        if len(self._cheap) == count:
            raise StudyError(
                f"cheap_objectives names all {count} objectives of the study, so there is nothing "
                "to learn. Leave out those that take a trial to know, or compute the front."
            )
        if self._reference is not None and len(self._reference) != count:
            raise StudyError(
                f"reference has {len(self._reference)} values, but the study has {count} "
                "objectives. Give one for each."
            )

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the parameters of the next trial; none before the first has shown what there are.

        Raises:
            StudyError: a cheap objective or a constraint is no finite number.
        """
        if not search_space:
            return {}
        # SciPy takes a moment to load, and most who import samplers use another.
        from nasbench_mvit.search.cost_aware.proposal import propose  # noqa: PLC0415

        rng = np.random.default_rng([self._seed, trial.number])
        with _ASKING:
            proposed = dict(propose(self._known(study, trial, search_space), rng))
            self._proposed[_key(study, trial)] = proposed
        return proposed

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Draw a parameter that no trial has had before."""
        del study
        words = [self._seed, trial.number, zlib.crc32(param_name.encode())]
        return draw_one(param_distribution, np.random.default_rng(words))

    def _known(
        self, study: Study, trial: FrozenTrial, distributions: Mapping[str, BaseDistribution]
    ) -> "Knowledge":
        from nasbench_mvit.search.cost_aware.promise import Knowledge  # noqa: PLC0415 - as above

        signs_M = np.array(
            [-1.0 if way is StudyDirection.MAXIMIZE else 1.0 for way in study.directions]
        )
        others = _others(study, trial)
        done = [other for other in others if other.state is TrialState.COMPLETE]
        ended = [other.params for other in others if other.state.is_finished() and other.params]
        running = self._running(study, others)
        values = np.array([other.values for other in done], dtype=float)
        limits = [dict(other.constraints) for other in done]
        return Knowledge(
            distributions=distributions,
            ended=ended,
            running=running,
            done=[other.params for other in done],
            values=_finite(signs_M * values.reshape(-1, len(signs_M))),
            limits=_finite(self._learnt(limits)),
            is_feasible=np.array(
                [all(value <= 0 for value in limit.values()) for limit in limits], dtype=bool
            ),
            beforehand=Beforehand(self._cheap, dict(enumerate(signs_M)), self._constraints),
            reference=None if self._reference is None else signs_M * self._reference,
            num_startup=self._num_startup,
        )

    def _running(self, study: Study, others: Sequence[FrozenTrial]) -> list[Parameters]:
        """Return the parameters of trials that run, those they are yet to ask for included."""
        keys = {_key(study, t): t.params for t in others if t.state is TrialState.RUNNING}
        self._proposed = {key: self._proposed.get(key, {}) for key in keys}
        found = [{**self._proposed[key], **params} for key, params in keys.items()]
        return [parameters for parameters in found if parameters]

    def _learnt(self, limits: Sequence[Mapping[str, float]]) -> Floats:
        """Return the constraints that only trials tell, of which all trials do, (N, Q)."""
        if self._constraints is not None or not limits:
            return np.zeros((len(limits), 0))
        common = sorted(set.intersection(*(set(limit) for limit in limits)))
        return np.array([[limit[name] for name in common] for limit in limits], dtype=float)


def _key(study: Study, trial: FrozenTrial) -> tuple[str, int]:
    """Return what tells a trial from others, those of other studies too."""
    return study.study_name, trial._trial_id  # noqa: SLF001 - it has no other name


def _others(study: Study, trial: FrozenTrial) -> list[FrozenTrial]:
    """Return the other trials, by number.

    A number does not tell trials apart where one is asked for and not stored yet.
    """
    own = _key(study, trial)
    return [other for other in study.get_trials(deepcopy=False) if _key(study, other) != own]


def _finite(values: Floats) -> Floats:
    """Return columns in which what is not finite is as bad, or as good, as the rest gets."""
    found = values.copy()
    for column in found.T:
        finite = column[np.isfinite(column)]
        low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
        column[:] = np.clip(np.nan_to_num(column, nan=np.inf), low, high)
    return found
