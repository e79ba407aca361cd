"""CostAwareSampler: an Optuna sampler for studies with cheap and expensive objectives.

Latency, parameters or energy of a network can be computed without training; its accuracy cannot.
The sampler models the expensive objectives by Gaussian processes, computes the cheap ones, and
proposes the assignment whose expected gain in hypervolume is largest.

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
    CheapObjective,
    CheapObjectives,
    Constraints,
    as_finite,
)
from nasbench_mvit.cost_aware.errors import SamplerError
from nasbench_mvit.cost_aware.trials import Trials, others_of, store_proposal

if TYPE_CHECKING:
    from nasbench_mvit.cost_aware.acquisition import SearchState

Floats = NDArray[np.float64]

NUM_STARTUP = 12
MAX_DRAWS = 16  # of one parameter, to find an untried assignment
MAX_ATTEMPTS = 5  # to find a proposal that no other process makes
_PROPOSAL_LOCK = threading.Lock()  # concurrent threads would propose the same assignment


class CostAwareSampler(BaseSampler):
    """Proposes the assignment with the largest expected gain in hypervolume.

    It works in any Optuna study in which at least one objective is not cheap, over discrete,
    continuous and conditional parameters. A proposal repeats no earlier trial while the space has
    untried assignments, keeps the constraints, and accounts for running trials, in other processes
    too, by conditioning on predictions for them. Proposals depend on the seed and on the trials in
    the storage alone, so that a resumed study proposes the same as an uninterrupted one. The
    conditions of conditional parameters are inferred from the trials.
    """

    def __init__(
        self,
        cheap_objectives: Mapping[int, CheapObjective],
        seed: int = 0,
        *,
        constraints: Constraints | None = None,
        reference: Sequence[float] | None = None,
        estimates: Mapping[int, CheapObjective] | None = None,
        num_startup: int = NUM_STARTUP,
    ) -> None:
        """Create a sampler.

        A function with a method ``many`` is called through it with a list of parameters and returns
        a list. The parameters of a branch that no trial has entered are unknown: a function may
        raise a ``KeyError`` for a missing one, and the branch is tried.

        Args:
            cheap_objectives: for the index of each cheap objective, a function from the parameters
                of a trial to its value.
            seed: seed of the random numbers.
            constraints: a function from the parameters to values that must be 0 or below. Without
                it, constraints that trials report are modelled like objectives.
            reference: the worst value of each objective that counts; by default a margin beyond
                the worst observed.
            estimates: for the index of an objective that is not cheap, a function from the
                parameters to an estimate of it, such as one fitted to earlier trials. Its scale is
                fitted, and it counts only where it predicts finished trials better. With estimates
                the first model is fitted after four finished trials.
            num_startup: number of trials spread over the space before the first model is fitted.

        Raises:
            SamplerError: an argument is not of these kinds, or a value of the reference is not
                finite.
        """
        self._cheap = _checked_functions("cheap_objectives", cheap_objectives)
        self._estimates = _checked_functions("estimates", {} if estimates is None else estimates)
        self._seed = _whole_number("seed", seed)
        self._constraints = constraints and _checked_function("constraints", constraints)
        self._reference = None if reference is None else _finite_reference(reference)
        self._num_startup = _whole_number("num_startup", num_startup)

    def reseed_rng(self) -> None:
        """Do nothing: random numbers depend on the seed and the trials alone."""

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return every parameter that a trial has had so far.

        Raises:
            SamplerError: the study's objectives do not match the sampler's arguments.
        """
        self._check(study)
        return Trials(others_of(study, trial)).distributions

    def _check(self, study: Study) -> None:
        count = len(study.directions)
        indices = range(count)
        if wrong := [index for index in self._cheap if index not in indices]:
            raise SamplerError(
                f"cheap_objectives names the objective {wrong[0]}, but the study has {count}: "
                f"{', '.join(map(str, indices))}. Use one of these."
            )
        if wrong := [
            index for index in self._estimates if index not in {*indices} - {*self._cheap}
        ]:
            others = ", ".join(str(index) for index in indices if index not in self._cheap)
            raise SamplerError(
                f"estimates names the objective {wrong[0]}, and is for those of the study that are "
                f"not cheap: {others}. Use one of these."
            )
        if len(self._cheap) == count:
            raise SamplerError(
                f"cheap_objectives names all {count} objectives of the study, so there is nothing "
                "to model. Leave out those that need a trial, or compute the front."
            )
        if self._reference is not None and len(self._reference) != count:
            raise SamplerError(
                f"reference has {len(self._reference)} values, but the study has {count} "
                "objectives. Give one for each."
            )

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the parameters of the next trial; empty before any trial has shown the parameters.

        The linear algebra, that of cheap objectives too, uses one thread meanwhile.

        Raises:
            SamplerError: a cheap objective or a constraint is not a finite number.
        """
        if not search_space:
            return {}
        # SciPy is slow to load, and most users of the samplers do not need it.
        from nasbench_mvit.cost_aware.blas_threads import one_blas_thread  # noqa: PLC0415
        from nasbench_mvit.cost_aware.proposal import propose  # noqa: PLC0415

        with _PROPOSAL_LOCK, one_blas_thread():
            for attempt in range(MAX_ATTEMPTS):
                trials = Trials(others_of(study, trial))
                rng = np.random.default_rng([self._seed, trial.number, attempt])
                proposed = dict(
                    propose(self._search_state(study, trials), rng, num_best=1 + attempt)
                )
                store_proposal(study, trial, proposed, trials)
                if not trials.was_proposed_since(study, trial, proposed):
                    break
        # Less than all where another sampler fixes some, as Optuna's PartialFixedSampler does.
        return {name: value for name, value in proposed.items() if name in search_space}

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Draw a parameter that is new, or has a new range, in this trial."""
        words = [self._seed, trial.number, zlib.crc32(param_name.encode())]
        rng = np.random.default_rng(words)
        seen = {key_of(other.params) for other in others_of(study, trial)}
        for _ in range(MAX_DRAWS):
            value = draw_one(param_distribution, rng)
            if key_of({**trial.params, param_name: value}) not in seen:
                break
        return value

    def _search_state(self, study: Study, trials: Trials) -> "SearchState":
        from nasbench_mvit.cost_aware.acquisition import SearchState  # noqa: PLC0415 - as above

        signs_M = np.array(
            [-1.0 if way is StudyDirection.MAXIMIZE else 1.0 for way in study.directions]
        )
        done = [trial.params for trial in trials.done]
        values = np.array([trial.values for trial in trials.done], dtype=float)
        limits = [dict(trial.constraints) for trial in trials.done]
        keeps_reported = [all(value <= 0 for value in limit.values()) for limit in limits]
        signs = dict(enumerate(signs_M))
        cheap = CheapObjectives(self._cheap, signs, self._constraints)
        estimates = CheapObjectives(self._estimates, signs, None, noun="the estimate of objective")
        cheap.check(done)
        estimates.check(done)
        return SearchState(
            trials=trials,
            values=as_finite(signs_M * values.reshape(-1, len(signs_M))),
            limits=as_finite(self._modelled_constraints(limits)),
            is_feasible=np.array(keeps_reported, dtype=bool) & (cheap.excess(done) <= 0),
            cheap=cheap,
            estimates=estimates,
            reference=None if self._reference is None else signs_M * self._reference,
            num_startup=self._num_startup,
        )

    def _modelled_constraints(self, limits: Sequence[Mapping[str, float]]) -> Floats:
        """Return the constraints that only trials report, where all trials do, (N, Q)."""
        if self._constraints is not None or not limits:
            return np.zeros((len(limits), 0))
        common = sorted(set.intersection(*(set(limit) for limit in limits)))
        return np.array([[limit[name] for name in common] for limit in limits], dtype=float)


def _whole_number(what: str, number: object) -> int:
    if isinstance(number, SupportsIndex) and not isinstance(number, bool):
        value = operator.index(number)
        if value >= 0:
            return value
    raise SamplerError(f"{what} takes whole numbers of 0 or more, got {number!r}.")


def _checked_functions(what: str, functions: object) -> dict[int, CheapObjective]:
    if not isinstance(functions, Mapping):
        raise SamplerError(
            f"{what} takes a mapping from the index of an objective to its function, as "
            f"{{1: latency}}, got {functions!r}."
        )
    return {
        _whole_number(what, index): _checked_function(f"{what}[{index!r}]", function)
        for index, function in functions.items()
    }


def _checked_function(what: str, function: Any) -> Any:
    if callable(function) or callable(getattr(function, "many", None)):
        return function
    raise SamplerError(f"{what} takes a function of a trial's parameters, got {function!r}.")


def _finite_reference(reference: Sequence[float]) -> tuple[float, ...]:
    try:
        values = tuple(map(float, reference))
    except (TypeError, ValueError):
        values = (math.nan,)
    if not all(map(math.isfinite, values)):
        raise SamplerError(
            f"reference takes finite numbers, one for each objective, got {reference}."
        )
    return values
