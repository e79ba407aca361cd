"""The trials of a study as the sampler uses them: parameters, finished and running trials.

A trial that failed, or that is running, may have only some of its parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from nasbench_mvit.cost_aware.candidates import key_of
from nasbench_mvit.cost_aware.conditions import Conditions
from nasbench_mvit.cost_aware.encoding import Parameters

PROPOSED = "cost_aware:proposed"  # system attribute: the proposed parameters of a trial
ENTIRE = (TrialState.COMPLETE, TrialState.PRUNED)  # states of trials with all their parameters


def others_of(study: Study, trial: FrozenTrial) -> list[FrozenTrial]:
    """Return the other trials of a study, by number.

    They are compared by id: the number of a trial that is not stored yet is not unique.
    """
    trials = study.get_trials(deepcopy=False)
    return [other for other in trials if _id(other) != _id(trial)]


def store_proposal(
    study: Study, trial: FrozenTrial, proposed: Parameters, trials: "Trials"
) -> None:
    """Store the proposed parameters of a trial, so that other processes see them."""
    internal = {
        name: trials.distributions[name].to_internal_repr(value) for name, value in proposed.items()
    }
    storage = study._storage  # noqa: SLF001 - Optuna's own samplers do so too
    storage.set_trial_system_attr(_id(trial), PROPOSED, internal)


def _id(trial: FrozenTrial) -> int:
    return trial._trial_id  # noqa: SLF001 - it has no other name


@dataclass(frozen=True)
class Trials:
    """The trials of a study.

    Attributes:
        all: the trials that a proposal takes into account, by number.
    """

    all: Sequence[FrozenTrial]

    @cached_property
    def done(self) -> list[FrozenTrial]:
        """The finished trials that have parameters."""
        return [t for t in self.all if t.state is TrialState.COMPLETE and t.params]

    @cached_property
    def shown(self) -> Sequence[Parameters]:
        """The parameters of trials that have all of theirs; those of any trial where none has."""
        entire = [trial.params for trial in self.all if trial.state in ENTIRE and trial.params]
        return entire or [trial.params for trial in self.all if trial.params]

    @cached_property
    def distributions(self) -> dict[str, BaseDistribution]:
        """The distribution of every parameter, the latest where the range varies."""
        names = {name for parameters in self.shown for name in parameters}
        return {
            name: distribution
            for trial in self.all
            for name, distribution in trial.distributions.items()
            if name in names
        }

    @cached_property
    def ended(self) -> list[Parameters]:
        """The parameters of the trials that have ended, in any state."""
        return [t.params for t in self.all if t.state.is_finished() and t.params]

    @cached_property
    def running(self) -> list[Parameters]:
        """The parameters of running trials, including proposed ones that are not set yet."""
        running = [trial for trial in self.all if trial.state is TrialState.RUNNING]
        found = [{**self._proposed(trial), **trial.params} for trial in running]
        return [parameters for parameters in found if parameters]

    @cached_property
    def seen(self) -> list[Parameters]:
        """The parameters not to propose again: those of every trial and of every proposal.

        A trial differs from its proposal if the proposal lay outside the trial's distributions.
        """
        seen = [parameters for t in self.all for parameters in (t.params, self._proposed(t))]
        return [parameters for parameters in (*seen, *self.running) if parameters]

    def was_proposed_since(self, study: Study, trial: FrozenTrial, proposed: Parameters) -> bool:
        """Return whether another process has proposed the same since these trials were read."""
        ended = {_id(other) for other in self.all if other.state.is_finished()}
        news = [other for other in others_of(study, trial) if _id(other) not in ended]
        key = key_of(proposed)
        is_taken = any(key_of({**self._proposed(o), **o.params}) == key for o in news)
        return is_taken and key not in map(key_of, self.seen)

    def _proposed(self, trial: FrozenTrial) -> Parameters:
        internal: Mapping[str, float] = trial.system_attrs.get(PROPOSED, {})
        return {
            name: self.distributions[name].to_external_repr(value)
            for name, value in internal.items()
            if name in self.distributions
        }

    @cached_property
    def conditions(self) -> Conditions:
        """The rules of the conditional parameters."""
        return Conditions(self.shown, self.distributions)
