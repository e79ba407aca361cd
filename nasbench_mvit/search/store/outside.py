"""What other programs, such as Optuna's own or optuna-dashboard, put into a study."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import ColumnElement, Connection, or_, select, true

from nasbench_mvit.search.store.optuna_schema import FIXED_PARAMS
from nasbench_mvit.search.store.rows import ENQUEUED, TrialRows
from nasbench_mvit.search.store.sampler_storage import SamplerStorage
from nasbench_mvit.search.trials.schema import RECORD_KEY

LOOKED_AT_AGAIN = 1_000  # ids


class Outside:
    """The trials of a study that have no record, since no search of this package began them."""

    def __init__(self, rows: TrialRows, sampler_storage: SamplerStorage) -> None:
        """Look for them in ``rows``; networks to evaluate are queued in ``sampler_storage``."""
        self._rows = rows
        self._sampler_storage = sampler_storage
        self._adopted: set[int] = set()
        self._waiting: set[int] = set()  # ids of those seen last
        self._looked_at = 0  # the newest id by then

    def end_running(self) -> None:
        """End those that run, as Optuna's own calls leave them after a kill, as failed."""
        with self._rows.transaction() as connection:
            for trial_id in self._unrecorded(connection, TrialState.RUNNING):
                self._rows.end(connection, trial_id, TrialState.FAIL)

    def adopt(self, problem_of: Callable[[Mapping[str, Any]], str | None]) -> str | None:
        """Queue the oldest network that another program enqueued, if there is one.

        Args:
            problem_of: returns why parameters name no network, None if they do.

        Returns:
            The reason why it was refused; its trial has failed. None if it was not.
        """
        found = self._enqueued()
        if found is None:
            return None
        trial_id, params = found
        self._adopted.add(trial_id)
        if (problem := problem_of(params)) is None:
            self._sampler_storage.queue(trial_id, params)
            return None
        with self._rows.transaction() as connection:
            self._rows.end(connection, trial_id, TrialState.FAIL)
        return problem

    def refuse(self, connection: Connection, draft: FrozenTrial) -> None:
        """End the enqueued trial that a draft would have begun as failed, if it is such a draft."""
        if (trial_id := draft.user_attrs.get(ENQUEUED)) is not None:
            self._rows.end(connection, trial_id, TrialState.FAIL)

    def left_out(self) -> Iterator[str]:
        """Yield, in words, what the search does not use."""
        with self._rows.engine.connect() as connection:
            added = self._unrecorded(connection, TrialState.COMPLETE, TrialState.PRUNED)
            waiting = self._unrecorded(connection, TrialState.WAITING)
        if added:
            yield (
                f"{len(added)} trials that another program added are left out, since this search "
                "has not evaluated them; enqueue_trial of Optuna has a network evaluated"
            )
        if waiting:
            yield (
                f"{len(waiting)} trials that another program enqueued still wait; a larger "
                "`trials=` has them evaluated"
            )

    def _enqueued(self) -> tuple[int, dict[str, Any]] | None:
        """Return id and parameters of the oldest that ``Study.enqueue_trial`` left, if any.

        No trial waits again, so those looked at before are left out but for the last ones, of
        which some programs' may have been committed later than younger ones.
        """
        attributes = self._rows.tables["trial_system_attributes"]
        trials = self._rows.tables["trials"]
        since = self._looked_at - LOOKED_AT_AGAIN
        is_new = or_(trials.c.trial_id > since, trials.c.trial_id.in_(self._waiting))
        with self._rows.engine.connect() as connection:
            newest, _ = self._rows.newest(connection)
            waiting = self._unrecorded(connection, TrialState.WAITING, among=is_new)
            self._waiting, self._looked_at = set(waiting), newest
            for trial_id in waiting:
                query = select(attributes.c.value_json).where(
                    attributes.c.trial_id == trial_id, attributes.c.key == FIXED_PARAMS
                )
                found = connection.execute(query).scalar_one_or_none()
                if trial_id not in self._adopted and found is not None:
                    return trial_id, json.loads(found)
        return None

    def _unrecorded(
        self, connection: Connection, *states: TrialState, among: ColumnElement[bool] | None = None
    ) -> list[int]:
        """Return the ids of trials without a record that are in one of the states."""
        trials, attributes = self._rows.tables["trials"], self._rows.tables["trial_user_attributes"]
        is_recorded = (
            select(attributes.c.trial_id)
            .where(attributes.c.trial_id == trials.c.trial_id, attributes.c.key == RECORD_KEY)
            .exists()
        )
        query = select(trials.c.trial_id).where(
            trials.c.study_id == self._rows.study_id,
            trials.c.state.in_([state.name for state in states]),
            ~is_recorded,
            true() if among is None else among,
        )
        return list(connection.execute(query.order_by(trials.c.trial_id)).scalars())
