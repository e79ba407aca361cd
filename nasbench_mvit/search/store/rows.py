"""TrialRows: reads and writes a study's trials in Optuna's tables, in one transaction per step.

Optuna itself writes every parameter, attribute and state in a separate transaction, some forty for
a network of MobileViT's space, and each waits for a local disk two or three times. Here a trial
begins in one transaction and ends in one, so that a kill leaves no partial trial. Optuna checks the
version of its schema itself.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from optuna.distributions import BaseDistribution, distribution_to_json
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import Connection, Engine, Insert, Table, select

from nasbench_mvit.search.store.optuna_schema import CONSTRAINT, FINITE, tables
from nasbench_mvit.search.trials.schema import RECORD_KEY

ENQUEUED = "enqueued"  # the user attribute of a draft with the id of the trial that it begins


class RecordRow(NamedTuple):
    """A trial that has a record."""

    trial_id: int
    number: int
    state: str
    record: Any


class TrialRows:
    """Reads and writes the trials of one study."""

    def __init__(self, engine: Engine, study_id: int) -> None:
        """Reflect the tables, which must exist."""
        self.tables: Mapping[str, Table] = tables(engine)
        self.engine = engine
        self.study_id = study_id
        self._is_sqlite = engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        """Commit the writes inside together, or none of them.

        On a server the study's row is locked first, so that writers queue there and no deadlock can
        occur.

        Args:
            durable: whether the commit must survive a loss of power. It survives a killed process
                in any case; without this SQLite does not wait for the disk.
        """
        studies = self.tables["studies"]
        with self.engine.connect() as connection:
            if self._is_sqlite and not durable:
                connection.exec_driver_sql("PRAGMA synchronous = NORMAL")
            try:
                if not self._is_sqlite:
                    lock = select(studies.c.study_id).where(studies.c.study_id == self.study_id)
                    connection.execute(lock.with_for_update())
                yield connection
                connection.commit()
            finally:
                connection.rollback()
                if self._is_sqlite and not durable:
                    connection.exec_driver_sql("PRAGMA synchronous = FULL")

    def insert(
        self, connection: Connection, draft: FrozenTrial, record: Mapping[str, Any]
    ) -> tuple[int, int] | None:
        """Insert a running trial with its parameters and record.

        Returns:
            Its id and number; None for the draft of an enqueued trial that waits no more.
        """
        enqueued = draft.user_attrs.get(ENQUEUED)
        ids = self._new_trial(connection) if enqueued is None else self._begin(connection, enqueued)
        if ids is not None:
            trial_id, _ = ids
            self._insert_params(connection, trial_id, draft)
            record_attribute = {RECORD_KEY: dict(record)}
            self._add_attributes(connection, "trial_user_attributes", trial_id, record_attribute)
            attributes = draft.system_attrs
            self._add_attributes(connection, "trial_system_attributes", trial_id, attributes)
        return ids

    def _begin(self, connection: Connection, trial_id: int) -> tuple[int, int] | None:
        """Begin a trial that waits; return its id and number, None if it waits no more."""
        trials = self.tables["trials"]
        change = trials.update().where(
            trials.c.trial_id == trial_id, trials.c.state == TrialState.WAITING.name
        )
        begun = change.values(state=TrialState.RUNNING.name, datetime_start=_now())
        if not connection.execute(begun).rowcount:
            return None
        number = select(trials.c.number).where(trials.c.trial_id == trial_id)
        return trial_id, connection.execute(number).scalar_one()

    def newest(self, connection: Connection) -> tuple[int, int]:
        """Return id and number of the newest trial, -1 each where there is none."""
        trials = self.tables["trials"]
        last = (
            select(trials.c.trial_id, trials.c.number)
            .where(trials.c.study_id == self.study_id)
            .order_by(trials.c.trial_id.desc())
            .limit(1)
        )
        found = connection.execute(last).one_or_none()
        return (-1, -1) if found is None else (found.trial_id, found.number)

    def _new_trial(self, connection: Connection) -> tuple[int, int]:
        trials = self.tables["trials"]
        number = self.newest(connection)[1] + 1
        row = trials.insert().values(
            number=number,
            study_id=self.study_id,
            state=TrialState.RUNNING.name,
            datetime_start=_now(),
        )
        return new_key(connection, row), number

    def _insert_params(self, connection: Connection, trial_id: int, draft: FrozenTrial) -> None:
        rows = [
            {
                "trial_id": trial_id,
                "param_name": name,
                "param_value": distribution.to_internal_repr(draft.params[name]),
                "distribution_json": _as_json(distribution),
            }
            for name, distribution in draft.distributions.items()
        ]
        if rows:
            connection.execute(self.tables["trial_params"].insert(), rows)

    def _add_attributes(
        self, connection: Connection, table: str, trial_id: int, values: Mapping[str, Any]
    ) -> None:
        """Insert attributes; one that is stored already stays as it is."""
        attributes = self.tables[table]
        stored = select(attributes.c.key).where(attributes.c.trial_id == trial_id)
        known = set(connection.execute(stored).scalars())
        rows = [
            {"trial_id": trial_id, "key": key, "value_json": json.dumps(value)}
            for key, value in values.items()
            if key not in known
        ]
        if rows:
            connection.execute(attributes.insert(), rows)

    def put_record(self, connection: Connection, trial_id: int, record: Mapping[str, Any]) -> None:
        """Replace the record of a trial."""
        attributes = self.tables["trial_user_attributes"]
        change = attributes.update().where(
            attributes.c.trial_id == trial_id, attributes.c.key == RECORD_KEY
        )
        connection.execute(change.values(value_json=json.dumps(dict(record))))

    def constrain(self, connection: Connection, trial_id: int, excess: Mapping[str, float]) -> None:
        """Store the relative distances from the limits, unless they are stored already."""
        constraints = {f"{CONSTRAINT}{name}": value for name, value in excess.items()}
        self._add_attributes(connection, "trial_system_attributes", trial_id, constraints)

    def end(
        self,
        connection: Connection,
        trial_id: int,
        state: TrialState,
        values: Sequence[float] = (),
    ) -> None:
        """End a trial and replace its values, even if another program has already ended it."""
        trials, stored = self.tables["trials"], self.tables["trial_values"]
        change = trials.update().where(trials.c.trial_id == trial_id)
        connection.execute(change.values(state=state.name, datetime_complete=_now()))
        connection.execute(stored.delete().where(stored.c.trial_id == trial_id))
        rows = [
            {"trial_id": trial_id, "objective": i, "value": value, "value_type": FINITE}
            for i, value in enumerate(values)
        ]
        if rows:
            connection.execute(stored.insert(), rows)

    def put_study_attribute(self, connection: Connection, key: str, value: object) -> None:
        """Set a user attribute of the study."""
        attributes = self.tables["study_user_attributes"]
        is_old = (attributes.c.study_id == self.study_id) & (attributes.c.key == key)
        connection.execute(attributes.delete().where(is_old))
        row = {"study_id": self.study_id, "key": key, "value_json": json.dumps(value)}
        connection.execute(attributes.insert().values(row))

    def has_params(self, connection: Connection, trial_id: int) -> bool:
        """Return whether a trial has parameters from a sampler."""
        params = self.tables["trial_params"]
        found = select(params.c.param_id).where(params.c.trial_id == trial_id).limit(1)
        return connection.execute(found).first() is not None

    def records(self, numbers: Sequence[int] | None = None) -> list[RecordRow]:
        """Return the trials that have a record, by number; only ``numbers`` if given."""
        trials, attributes = self.tables["trials"], self.tables["trial_user_attributes"]
        query = (
            select(trials.c.trial_id, trials.c.number, trials.c.state, attributes.c.value_json)
            .join(attributes, attributes.c.trial_id == trials.c.trial_id)
            .where(trials.c.study_id == self.study_id, attributes.c.key == RECORD_KEY)
            .order_by(trials.c.number)
        )
        if numbers is not None:
            query = query.where(trials.c.number.in_(numbers))
        with self.engine.connect() as connection:
            return [
                RecordRow(trial_id, number, _name(state), json.loads(text))
                for trial_id, number, state, text in connection.execute(query)
            ]


def new_key(connection: Connection, row: Insert) -> int:
    """Insert a row and return its key."""
    (key,) = connection.execute(row).inserted_primary_key or (0,)
    return int(key)


def _now() -> datetime:
    """Return the present time as Optuna stores it: UTC without a time zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def _name(state: Any) -> str:
    return state.name if isinstance(state, TrialState) else str(state)


@lru_cache(maxsize=1024)
def _as_json(distribution: BaseDistribution) -> str:
    return distribution_to_json(distribution)
