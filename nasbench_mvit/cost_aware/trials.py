"""What the trials of a study tell: which parameters there are, what was tried, what runs.

A trial that failed, or that runs, may have asked for some of its parameters only.
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

PROPOSED = "cost_aware:proposed"  # system attribute: what a trial is yet to ask for
ENTIRE = (TrialState.COMPLETE, TrialState.PRUNED)  # trials that have asked for all they need


def others_of(study: Study, trial: FrozenTrial) -> list[FrozenTrial]:
    """Return the other trials of a study, by number.

    Their ids tell them apart: a number does not, where one is asked for and not stored yet.
    """
    trials = study.get_trials(deepcopy=False)
    return [other for other in trials if _id(other) != _id(trial)]


def announce(study: Study, trial: FrozenTrial, proposed: Parameters, known: "Trials") -> None:
    """Let other workers, of other processes too, know what a trial is going to run with."""
    internal = {
        name: known.distributions[name].to_internal_repr(value) for name, value in proposed.items()
    }
    storage = study._storage  # noqa: SLF001 - Optuna's own samplers do so too
    storage.set_trial_system_attr(_id(trial), PROPOSED, internal)


def _id(trial: FrozenTrial) -> int:
    return trial._trial_id  # noqa: SLF001 - it has no other name


@dataclass(frozen=True)
class Trials:
    """The trials of a study.

    Attributes:
        all: those that a proposal can know of, by number.
    """

    all: Sequence[FrozenTrial]

    @cached_property
    def done(self) -> list[FrozenTrial]:
        """Trials that are finished and have parameters."""
        return [t for t in self.all if t.state is TrialState.COMPLETE and t.params]

    @cached_property
    def shown(self) -> Sequence[Parameters]:
        """The parameters of trials that show what a trial asks for.

        Where no trial has asked for all it needs, what there is.
        """
        entire = [trial.params for trial in self.all if trial.state in ENTIRE and trial.params]
        return entire or [trial.params for trial in self.all if trial.params]

    @cached_property
    def distributions(self) -> dict[str, BaseDistribution]:
        """The distribution of every parameter; of one whose range varies the last."""
        names = {name for parameters in self.shown for name in parameters}
        return {
            name: distribution
            for trial in self.all
            for name, distribution in trial.distributions.items()
            if name in names
        }

    @cached_property
    def ended(self) -> list[Parameters]:
        """The parameters of trials that have ended, whatever came of them."""
        return [t.params for t in self.all if t.state.is_finished() and t.params]

    @cached_property
    def running(self) -> list[Parameters]:
        """The parameters of trials that run, those included that they are yet to ask for."""
        running = [trial for trial in self.all if trial.state is TrialState.RUNNING]
        found = [{**self._proposed(trial), **trial.params} for trial in running]
        return [parameters for parameters in found if parameters]

    @cached_property
    def seen(self) -> list[Parameters]:
        """Parameters not to be proposed again: those of all trials, and what was proposed to them.

        They differ where a proposal lay outside of what a trial asked for.
        """
        seen = [parameters for t in self.all for parameters in (t.params, self._proposed(t))]
        return [parameters for parameters in (*seen, *self.running) if parameters]

    def is_taken_since(self, study: Study, trial: FrozenTrial, proposed: Parameters) -> bool:
        """Say whether another process has tried the same since these trials were read."""
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
        """Which parameters apply where."""
        return Conditions(self.shown, self.distributions)
