"""SamplerStorage: the store for Optuna's samplers.

A proposal is made in memory: a trial is a draft until the driver knows its network and either
stores it completely (``TrialRows``) or drops it. The ended trials are read once each, and only when
a sampler requests them, which the random sampler never does.
"""

import abc
import copy
import itertools
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage, RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from nasbench_mvit.search.store.history import TrialHistory
from nasbench_mvit.search.store.optuna_schema import FIXED_PARAMS
from nasbench_mvit.search.store.rows import ENQUEUED


class SamplerStorage(BaseStorage):
    """A storage with drafts in memory; methods without a body here are those of the database."""

    def __init__(self, database: RDBStorage, history: TrialHistory) -> None:
        """Use the study of ``history``, which is in ``database``."""
        self.database = database
        self._history = history
        self._directions: list[StudyDirection] | None = None
        self._drafts: dict[int, FrozenTrial] = {}
        self._new_ids = itertools.count(-1, -1)  # the database counts from 1 on

    def take_draft(self, trial_id: int) -> FrozenTrial:
        """Remove a draft and return it, to be stored or dropped."""
        return self._drafts.pop(trial_id)

    def queue(self, trial_id: int, params: Mapping[str, Any]) -> None:
        """Queue a draft with fixed parameters that becomes a stored trial, which waits."""
        fixed = {FIXED_PARAMS: dict(params)}
        template = create_trial(state=TrialState.WAITING, system_attrs=fixed)
        self._drafts[self.create_new_trial(0, template)].user_attrs = {ENQUEUED: trial_id}

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """Create a draft, or queue one with fixed parameters."""
        del study_id
        trial_id = next(self._new_ids)
        template = template_trial
        self._drafts[trial_id] = FrozenTrial(
            number=self._history.next_number(),
            trial_id=trial_id,
            state=TrialState.RUNNING if template is None else template.state,
            value=None,
            datetime_start=datetime.now(),  # noqa: DTZ005 - as Optuna does
            datetime_complete=None,
            params={},
            distributions={},
            user_attrs={},
            system_attrs={} if template is None else dict(template.system_attrs),
            intermediate_values={},
        )
        return trial_id

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        """Set a parameter of a draft."""
        draft = self._drafts[trial_id]
        draft.params[param_name] = distribution.to_external_repr(param_value_internal)
        draft.distributions[param_name] = distribution

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        """Set the state of a draft, or pass on to the database for a stored trial."""
        if trial_id not in self._drafts:
            return self.database.set_trial_state_values(trial_id, state, values)
        self._drafts[trial_id].state = state
        return True

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        """Set a system attribute of a draft or a stored trial."""
        if trial_id in self._drafts:
            self._drafts[trial_id].system_attrs[key] = value
        else:
            self.database.set_trial_system_attr(trial_id, key, value)

    def get_trial(self, trial_id: int) -> FrozenTrial:
        """Return a draft or a stored trial."""
        return self._drafts.get(trial_id) or self.database.get_trial(trial_id)

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,  # noqa: FBT001, FBT002 - Optuna's signature
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """Return the trials by number; only drafts are waiting, and only ended ones have values."""
        del study_id
        if states == (TrialState.WAITING,):
            return [d for d in self._drafts.values() if d.state is TrialState.WAITING]
        trials = self._history.trials()
        if states is not None:
            trials = [trial for trial in trials if trial.state in states]
        return copy.deepcopy(trials) if deepcopy else trials

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        """Return the directions, which never change."""
        if self._directions is None:
            self._directions = self.database.get_study_directions(study_id)
        return self._directions


def _of_the_database(name: str) -> Callable[..., Any]:
    def method(self: SamplerStorage, *args: Any, **options: Any) -> Any:
        return getattr(self.database, name)(*args, **options)

    return method


for _name in SamplerStorage.__abstractmethods__:
    setattr(SamplerStorage, _name, _of_the_database(_name))
abc.update_abstractmethods(SamplerStorage)  # type: ignore[type-abstract]
