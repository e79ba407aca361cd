"""CostAwareSampler: for Optuna studies in which some objectives are known before a trial is run.

Latency, parameters or energy of a network can be predicted in no time; its accuracy takes a
training. The sampler learns the expensive objectives by Gaussian processes, looks the cheap ones
up, and proposes the assignment whose expected gain in hypervolume is largest.

Axes: N finished trials, M objectives, Q constraints.
"""

import math
import operator
import threading
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial

from nasbench_mvit.cost_aware.candidates import draw_one, key_of
from nasbench_mvit.cost_aware.cheap_objectives import (
    Beforehand,
    CheapObjective,
    Constraints,
    as_finite,
)
from nasbench_mvit.cost_aware.errors import SamplerError
from nasbench_mvit.cost_aware.trials import Trials, announce, others_of

if TYPE_CHECKING:
    from nasbench_mvit.cost_aware.acquisition import Knowledge

Floats = NDArray[np.float64]

NUM_STARTUP = 12
MAX_DRAWS = 16  # of one parameter, to end a trial as no other
MAX_ATTEMPTS = 5  # to propose what no other process does
_ASKING = threading.Lock()  # threads that propose at once would propose the same


class CostAwareSampler(BaseSampler):
    """Proposes what promises most, given what is known beforehand.

    Works in any Optuna study in which at least one objective is not cheap, over discrete,
    continuous and conditional parameters. A proposal repeats no earlier trial while the space has
    others, keeps the constraints, and accounts for trials that still run, in other processes too,
    by what is expected of them. Proposals depend on the seed and on the trials in the storage
    alone, so that a study resumes as if it had never stopped. Which parameters apply where is
    learnt from the trials.
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
        Of a branch that no trial has entered, the parameters are not known: a function that misses
        one may say so by a ``KeyError``, and the branch is tried.

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
            SamplerError: an argument is not of these kinds, or a value of the reference is not
                finite.
        """
        if not isinstance(cheap_objectives, Mapping):
            raise SamplerError(
                "cheap_objectives takes a mapping from the index of an objective to its function, "
                f"as {{1: latency}}, got {cheap_objectives!r}."
            )
        self._cheap = {
            _whole("cheap_objectives", index): _function(f"cheap_objectives[{index!r}]", function)
            for index, function in cheap_objectives.items()
        }
        self._seed = _whole("seed", seed)
        self._constraints = constraints and _function("constraints", constraints)
        self._reference = None if reference is None else _finite(reference)
        self._num_startup = _whole("num_startup", num_startup)

    def reseed_rng(self) -> None:
        """Do nothing: what is drawn depends on the seed and the trials."""

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return every parameter that a trial has had so far.

        Raises:
            SamplerError: the study does not have the objectives that the sampler was told of.
        """
        self._check(study)
        return Trials(others_of(study, trial)).distributions

    def _check(self, study: Study) -> None:
        count = len(study.directions)
        indices = range(count)
        if wrong := [index for index in self._cheap if index not in indices]:
            raise SamplerError(
                f"cheap_objectives names the objective {wrong[0]}, but the study has {count}: "
                f"{', '.join(map(str, indices))}."
            )
        if len(self._cheap) == count:
            raise SamplerError(
                f"cheap_objectives names all {count} objectives of the study, so there is nothing "
                "to learn. Leave out those that take a trial to know, or compute the front."
            )
        if self._reference is not None and len(self._reference) != count:
            raise SamplerError(
                f"reference has {len(self._reference)} values, but the study has {count} "
                "objectives. Give one for each."
            )

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the parameters of the next trial; none before the first has shown what there are.

        Raises:
            SamplerError: a cheap objective or a constraint is no finite number.
        """
        if not search_space:
            return {}
        # SciPy takes a moment to load, and most who import samplers use another.
        from nasbench_mvit.cost_aware.proposal import propose  # noqa: PLC0415

        with _ASKING:
            for attempt in range(MAX_ATTEMPTS):
                trials = Trials(others_of(study, trial))
                rng = np.random.default_rng([self._seed, trial.number, attempt])
                proposed = dict(propose(self._known(study, trials), rng, among=1 + attempt))
                announce(study, trial, proposed, trials)
                if not trials.is_taken_since(study, trial, proposed):
                    break
        return proposed

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Draw a parameter that no trial has had before, or not in this range."""
        words = [self._seed, trial.number, zlib.crc32(param_name.encode())]
        rng = np.random.default_rng(words)
        seen = {key_of(other.params) for other in others_of(study, trial)}
        for _ in range(MAX_DRAWS):
            value = draw_one(param_distribution, rng)
            if key_of({**trial.params, param_name: value}) not in seen:
                break
        return value

    def _known(self, study: Study, trials: Trials) -> "Knowledge":
        from nasbench_mvit.cost_aware.acquisition import Knowledge  # noqa: PLC0415 - as above

        signs_M = np.array(
            [-1.0 if way is StudyDirection.MAXIMIZE else 1.0 for way in study.directions]
        )
        done = [trial.params for trial in trials.done]
        values = np.array([trial.values for trial in trials.done], dtype=float)
        limits = [dict(trial.constraints) for trial in trials.done]
        keeps_reported = [all(value <= 0 for value in limit.values()) for limit in limits]
        beforehand = Beforehand(self._cheap, dict(enumerate(signs_M)), self._constraints)
        beforehand.check(done)
        return Knowledge(
            trials=trials,
            values=as_finite(signs_M * values.reshape(-1, len(signs_M))),
            limits=as_finite(self._learnt(limits)),
            is_feasible=np.array(keeps_reported, dtype=bool) & (beforehand.excess(done) <= 0),
            beforehand=beforehand,
            reference=None if self._reference is None else signs_M * self._reference,
            num_startup=self._num_startup,
        )

    def _learnt(self, limits: Sequence[Mapping[str, float]]) -> Floats:
        """Return the constraints that only trials tell, of which all trials do, (N, Q)."""
        if self._constraints is not None or not limits:
            return np.zeros((len(limits), 0))
        common = sorted(set.intersection(*(set(limit) for limit in limits)))
        return np.array([[limit[name] for name in common] for limit in limits], dtype=float)


def _whole(what: str, number: object) -> int:
    if isinstance(number, SupportsIndex) and not isinstance(number, bool):
        value = operator.index(number)
        if value >= 0:
            return value
    raise SamplerError(f"{what} takes whole numbers of 0 or more, got {number!r}.")


def _function(what: str, function: Any) -> Any:
    if callable(function) or callable(getattr(function, "many", None)):
        return function
    raise SamplerError(f"{what} takes a function of a trial's parameters, got {function!r}.")


def _finite(reference: Sequence[float]) -> tuple[float, ...]:
    try:
        values = tuple(map(float, reference))
    except (TypeError, ValueError):
        values = (math.nan,)
    if not all(map(math.isfinite, values)):
        raise SamplerError(
            f"reference takes finite numbers, one for each objective, got {reference}."
        )
    return values
