"""The state of a study on a server, by a few sums that change when its rows do."""

from datetime import UTC
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from nasbench_mvit.search.readers.read_only import FileState
from nasbench_mvit.search.store.optuna_schema import RUNNING
from nasbench_mvit.search.store.rows import TrialRows
from nasbench_mvit.search.store.shared_drivers import trials_of_living

NANOSECONDS = 1_000_000_000


def state_of(rows: TrialRows) -> FileState:
    """Return the state of a study, in the fields that a file's has.

    Its size is the number of trials, its change counter that of the ended ones, its log as long as
    all attributes. A server has no time of the last write: it is that of the last start or end.
    """
    trials, notes = rows.tables["trials"], rows.tables["trial_user_attributes"]
    of_study = rows.tables["study_user_attributes"]
    is_ours = trials.c.study_id == rows.study_id
    columns = (func.count(), func.count(trials.c.datetime_complete),
               func.max(trials.c.datetime_start), func.max(trials.c.datetime_complete))  # fmt: skip
    lengths: tuple[Select[Any], ...] = (
        select(_length(notes.c.value_json))
        .join(trials, trials.c.trial_id == notes.c.trial_id)
        .where(is_ours),
        select(_length(of_study.c.value_json)).where(of_study.c.study_id == rows.study_id),
    )
    living = trials_of_living(rows)
    with rows.engine.connect() as connection:
        size, ended, *moments = connection.execute(select(*columns).where(is_ours)).one()
        length = sum(int(connection.execute(query).scalar_one()) for query in lengths)
        running = set(
            connection.execute(
                select(trials.c.number).where(is_ours, trials.c.state == RUNNING)
            ).scalars()
        )
    at_work = running if living is None else running & living
    ends = [moment.replace(tzinfo=UTC).timestamp() for moment in moments if moment]
    return FileState(
        inode=len(at_work),
        size=size,
        modified_ns=int(max(ends, default=0.0) * NANOSECONDS),
        change_counter=ended,
        wal=(length, 0),
        may_be_at_work=bool(at_work),
    )


def _length(column: ColumnElement[str]) -> ColumnElement[int]:
    return func.coalesce(func.sum(func.length(column)), 0)
