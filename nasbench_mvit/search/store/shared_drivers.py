"""SharedDrivers: several drivers of one study on a server, and their claims to networks.

Two tables are added to Optuna's. A driver has a row with the time of its last heartbeat, by the
server's clock. A network in training has a claim, unique in the study, with its driver: it is made
in the transaction that stores the trial, and every later write of the trial checks that the claim
is still this driver's. A driver without a heartbeat for ``LAPSE_S`` counts as dead: others take
over its running trials, and it can no longer write them.
"""

import contextlib
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, func, or_, select
from sqlalchemy.exc import DBAPIError

from nasbench_mvit.search.store.database import one_at_a_time
from nasbench_mvit.search.store.driver_tables import CLAIMS, DRIVERS, METADATA
from nasbench_mvit.search.store.optuna_schema import RUNNING
from nasbench_mvit.search.store.rows import TrialRows, new_key
from nasbench_mvit.search.store.single_driver import ClaimedNetwork, Drivers, TakenOverError
from nasbench_mvit.search.trials.record import Role, TrialRecord

BEAT_S = 5.0
LAPSE_S = 60.0  # long enough for a laptop that loses its network for a while


def trials_of_living(rows: TrialRows) -> set[int] | None:
    """Return the numbers of the trials whose drivers are alive, None without a table of them."""
    if not sqlalchemy.inspect(rows.engine).has_table(CLAIMS.name):
        return None
    query = (
        select(CLAIMS.c.number)
        .join(DRIVERS, DRIVERS.c.driver_id == CLAIMS.c.driver_id)
        .where(CLAIMS.c.study_id == rows.study_id, _is_alive())
    )
    with rows.engine.connect() as connection:
        return set(connection.execute(query).scalars())


def _is_alive() -> sqlalchemy.ColumnElement[bool]:
    return DRIVERS.c.heartbeat >= func.now() - timedelta(seconds=LAPSE_S)


class SharedDrivers(Drivers):
    """This driver and the others at one study."""

    is_alone = False

    def __init__(self, rows: TrialRows, run_dir: Path) -> None:
        """Prepare without a change to the database.

        Args:
            rows: the rows of the study.
            run_dir: directory of this driver, locked by it.
        """
        self._rows = rows
        self._name = f"{socket.gethostname()}:{run_dir.resolve()}"
        self._driver_id = 0
        self._last_claim_id = 0
        self._last_check = -float("inf")
        self.rank = zlib.crc32(self._name.encode())

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Send heartbeats inside; trials still running afterwards may be taken over at once."""
        with one_at_a_time(self._rows.engine):
            METADATA.create_all(self._rows.engine)
        with self._rows.transaction() as connection:
            self._register(connection)
            self._claim_unclaimed(connection)
        heartbeat = _Heartbeat(self._rows.engine, self._driver_id)
        heartbeat.start()
        try:
            yield
        finally:
            heartbeat.stop()
            with contextlib.suppress(DBAPIError), self._rows.transaction() as connection:
                self._unregister(connection)

    def _register(self, connection: Connection) -> None:
        """Insert this driver, and delete an earlier one of this directory, whose lock is free."""
        mine = (DRIVERS.c.study_id == self._rows.study_id) & (DRIVERS.c.name == self._name)
        connection.execute(DRIVERS.delete().where(mine))
        row = DRIVERS.insert().values(
            study_id=self._rows.study_id, name=self._name, heartbeat=func.now()
        )
        self._driver_id = new_key(connection, row)

    def _unregister(self, connection: Connection) -> None:
        connection.execute(DRIVERS.delete().where(DRIVERS.c.driver_id == self._driver_id))

    def _claim_unclaimed(self, connection: Connection) -> None:
        """Add claims without a driver for the trials of an earlier version, which had no claims."""
        if connection.execute(self._claims(CLAIMS.c.claim_id).limit(1)).first() is not None:
            return
        first: dict[str, dict[str, object]] = {}
        for row in self._rows.records():
            record = row.record
            is_over = row.state == "FAIL" and not record["failure_is_final"]
            if is_over or record["rejection"] or record["duplicate_of"] is not None:
                continue
            first.setdefault(
                record["spec_id"],
                {
                    "study_id": self._rows.study_id,
                    "spec_id": record["spec_id"],
                    "trial_id": row.trial_id,
                    "number": row.number,
                    "role": record["role"],
                },
            )
        if first:
            connection.execute(CLAIMS.insert(), list(first.values()))

    def may_begin(self, connection: Connection, record: TrialRecord, budget: int) -> bool:
        """Return whether a network is unclaimed and, if searched, within the common budget."""
        taken = self._claims(CLAIMS.c.claim_id).where(CLAIMS.c.spec_id == record.spec_id)
        if connection.execute(taken).first() is not None:
            return False
        if record.role is not Role.SEARCH:
            return True
        searched = self._claims(func.count()).where(CLAIMS.c.role == Role.SEARCH.value)
        count: int = connection.execute(searched).scalar_one()
        return count < budget

    def claim(self, connection: Connection, record: TrialRecord, ids: tuple[int, int]) -> None:
        """Claim a network, whose trial has the id and number ``ids``, for this driver."""
        row = CLAIMS.insert().values(
            study_id=self._rows.study_id,
            spec_id=record.spec_id,
            trial_id=ids[0],
            number=ids[1],
            role=record.role.value,
            driver_id=self._driver_id,
        )
        connection.execute(row)

    def own_claim(self, spec_id: str) -> tuple[int, int] | None:
        """Return id and number of this driver's trial of a network, None without one."""
        query = self._claims(CLAIMS.c.trial_id, CLAIMS.c.number).where(
            CLAIMS.c.spec_id == spec_id, CLAIMS.c.driver_id == self._driver_id
        )
        with self._rows.engine.connect() as connection:
            found = connection.execute(query).first()
        return None if found is None else (found.trial_id, found.number)

    def check_own(self, connection: Connection, trial_id: int) -> None:
        """Check that a trial is this driver's.

        Raises:
            TakenOverError: it is not.
        """
        query = self._claims(CLAIMS.c.driver_id).where(CLAIMS.c.trial_id == trial_id)
        if connection.execute(query).scalar_one_or_none() != self._driver_id:
            raise TakenOverError

    def release(self, connection: Connection, trial_id: int) -> None:
        """Delete the claim of a trial, so that its network may be tried again."""
        connection.execute(CLAIMS.delete().where(CLAIMS.c.trial_id == trial_id))

    def take_over(self) -> int | None:
        """Take over a running trial of a dead driver and return its number, None without one."""
        if time.monotonic() < self._last_check + BEAT_S:
            return None
        is_gone = or_(
            DRIVERS.c.driver_id.is_(None),
            DRIVERS.c.heartbeat < func.now() - timedelta(seconds=LAPSE_S),
        )
        query = (
            self._running(CLAIMS.c.trial_id, CLAIMS.c.number)
            .outerjoin(DRIVERS, DRIVERS.c.driver_id == CLAIMS.c.driver_id)
            .where(is_gone)
            .order_by(CLAIMS.c.number)
            .limit(1)
        )
        with self._rows.transaction() as connection:
            found = connection.execute(query).first()
            if found is None:
                self._last_check = time.monotonic()
                return None
            mine = CLAIMS.update().where(CLAIMS.c.trial_id == found.trial_id)
            connection.execute(mine.values(driver_id=self._driver_id))
        return int(found.number)

    def new_claims(self) -> Sequence[ClaimedNetwork]:
        """Return the networks that any driver has begun since the last call."""
        columns = (CLAIMS.c.claim_id, CLAIMS.c.spec_id, CLAIMS.c.number, CLAIMS.c.role)
        query = self._claims(*columns).where(CLAIMS.c.claim_id > self._last_claim_id)
        with self._rows.engine.connect() as connection:
            found = connection.execute(query.order_by(CLAIMS.c.claim_id)).all()
        if found:
            self._last_claim_id = found[-1].claim_id
        return [ClaimedNetwork(row.spec_id, row.number, Role(row.role)) for row in found]

    def others_run(self) -> bool:
        """Return whether a trial of another driver is running."""
        query = self._running(CLAIMS.c.claim_id).where(
            CLAIMS.c.driver_id.is_distinct_from(self._driver_id)
        )
        with self._rows.engine.connect() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def others_present(self) -> bool:
        """Return whether another driver is alive."""
        query = select(DRIVERS.c.driver_id).where(
            DRIVERS.c.study_id == self._rows.study_id,
            DRIVERS.c.driver_id != self._driver_id,
            _is_alive(),
        )
        with self._rows.engine.connect() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def _claims(self, *columns: sqlalchemy.ColumnElement[Any]) -> sqlalchemy.Select[Any]:
        return select(*columns).where(CLAIMS.c.study_id == self._rows.study_id)

    def _running(self, *columns: sqlalchemy.ColumnElement[Any]) -> sqlalchemy.Select[Any]:
        trials = self._rows.tables["trials"]
        return (
            self._claims(*columns)
            .select_from(CLAIMS)
            .join(trials, trials.c.trial_id == CLAIMS.c.trial_id)
            .where(trials.c.state == RUNNING)
        )


class _Heartbeat:
    """A thread that sends heartbeats, also while the driver is busy."""

    def __init__(self, engine: Engine, driver_id: int) -> None:
        self._engine = engine
        self._driver_id = driver_id
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        beat = DRIVERS.update().where(DRIVERS.c.driver_id == self._driver_id)
        while not self._stopped.wait(BEAT_S):
            # A failed beat is retried by the next; if that is too late, the claims are lost.
            with contextlib.suppress(DBAPIError), self._engine.begin() as connection:
                connection.execute(beat.values(heartbeat=func.now()))
