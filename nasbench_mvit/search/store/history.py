"""History: the trials as input of a sampler; an ended one is read from the database once."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import Connection, Row, or_, select

from nasbench_mvit.search.store.rows import TrialRows
from nasbench_mvit.search.trials.schema import RECORD_KEY

BATCH = 500  # ids in a query


class TrialHistory:
    """The trials of one study by number, without user attributes, which samplers do not need.

    A trial without a record, which another program added, has failed: what it says of an accuracy
    is not known to be that of the study's evaluator.
    """

    def __init__(self, rows: TrialRows) -> None:
        """Create an empty history."""
        self._rows = rows
        self._trials: dict[int, FrozenTrial] = {}
        self._open: set[int] = set()
        self._newest = 0

    def next_number(self) -> int:
        """Return the number of the next trial."""
        with self._rows.engine.connect() as connection:
            return self._rows.newest(connection)[1] + 1

    def trials(self) -> list[FrozenTrial]:
        """Return all trials; a running one without values."""
        trials = self._rows.tables["trials"]
        is_new = or_(trials.c.trial_id > self._newest, trials.c.trial_id.in_(self._open))
        query = select(trials).where(trials.c.study_id == self._rows.study_id, is_new)
        with self._rows.engine.connect() as connection:
            found = connection.execute(query.order_by(trials.c.trial_id)).all()
            for first in range(0, len(found), BATCH):
                self._read(connection, found[first : first + BATCH])
        return [self._trials[number] for number in sorted(self._trials)]

    def _read(self, connection: Connection, rows: Sequence[Row[Any]]) -> None:
        ids = [row.trial_id for row in rows]
        recorded = self._recorded(connection, ids)
        ended = [row.trial_id for row in rows if _state(row).is_finished()]
        params = self._of_trials(connection, "trial_params", ids)
        values = self._of_trials(connection, "trial_values", [i for i in ended if i in recorded])
        attributes = self._of_trials(connection, "trial_system_attributes", ids)
        for row in rows:
            trial_id = row.trial_id
            is_counted = trial_id in recorded or not _state(row).is_finished()
            distributions = {
                p.param_name: _distribution(p.distribution_json) for p in params[trial_id]
            }
            self._trials[row.number] = FrozenTrial(
                number=row.number,
                trial_id=trial_id,
                state=_state(row) if is_counted else TrialState.FAIL,
                value=None,
                values=[v.value for v in values[trial_id]] or None,
                datetime_start=_local(row.datetime_start),
                datetime_complete=_local(row.datetime_complete),
                params={
                    p.param_name: distributions[p.param_name].to_external_repr(p.param_value)
                    for p in params[trial_id]
                },
                distributions=distributions,
                user_attrs={},
                system_attrs={a.key: json.loads(a.value_json) for a in attributes[trial_id]},
                intermediate_values={},
            )
            self._newest = max(self._newest, trial_id)
            if _state(row).is_finished():
                self._open.discard(trial_id)
            else:
                self._open.add(trial_id)

    def _recorded(self, connection: Connection, ids: Sequence[int]) -> set[int]:
        attributes = self._rows.tables["trial_user_attributes"]
        query = select(attributes.c.trial_id).where(
            attributes.c.trial_id.in_(ids), attributes.c.key == RECORD_KEY
        )
        return set(connection.execute(query).scalars())

    def _of_trials(
        self, connection: Connection, name: str, ids: Sequence[int]
    ) -> dict[int, list[Row[Any]]]:
        table = self._rows.tables[name]
        query = select(table).where(table.c.trial_id.in_(ids)).order_by(*table.primary_key)
        grouped: dict[int, list[Row[Any]]] = defaultdict(list)
        if ids:
            for row in connection.execute(query):
                grouped[row.trial_id].append(row)
        return grouped


def _state(row: Row[Any]) -> TrialState:
    return TrialState[row.state]


def _local(moment: datetime | None) -> datetime | None:
    """Convert a moment stored in UTC to local time, as Optuna does."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)


@lru_cache(maxsize=1024)
def _distribution(text: str) -> BaseDistribution:
    return json_to_distribution(text)
