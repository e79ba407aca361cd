"""Studies on a PostgreSQL server, looked at and never changed."""

from collections.abc import Callable, Iterator
from typing import Any

import optuna
import pytest
import sqlalchemy
from bad_input import PASSWORD
from postgres import Server, server
from streamlit.testing.v1 import AppTest
from synthetic import running_run

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.store.database import open_storage
from nasbench_mvit.search.store.location import STORE_FILE, Location
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.watched_runs import find_runs

NAME = "latency_iphone"
KEY = f"postgres/{NAME}"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    run = running_run(tmp_path_factory.mktemp("runs") / "run")
    with server() as running:
        to = open_storage(Location(url=running.url, exclusive=False))
        of = f"sqlite:///{run / STORE_FILE}"
        optuna.copy_study(from_study_name=NAME, from_storage=of, to_storage=to)
        optuna.create_study(storage=to, study_name="of somebody else")
        to.engine.dispose()
        execute(running.url, "CREATE DATABASE empty")
        yield running


def execute(url: str, statement: str) -> Any:
    engine = sqlalchemy.create_engine(Location(url=url, exclusive=False).engine_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        result = connection.execute(sqlalchemy.text(statement))
        rows = result.all() if result.returns_rows else []
    engine.dispose()
    return rows


@pytest.mark.parametrize("page", ["pareto", "network", "running"])
def test_a_page_shows_a_study_of_a_server_without_its_password(
    page: str, postgres: Server, open_page: Callable[..., AppTest]
) -> None:
    app = open_page(page, postgres.url)
    assert not app.exception
    assert app.selectbox(key="study").options == [KEY]
    texts = [
        str(each.value).replace("\\", "")
        for each in (*app.subheader, *app.caption, *app.code, *app.warning)
    ]
    assert any(KEY in text for text in texts)
    assert PASSWORD not in " ".join(texts)


def test_reading_may_not_write_and_needs_no_right_to(postgres: Server) -> None:
    execute(postgres.url, "CREATE ROLE guest LOGIN; GRANT pg_read_all_data TO guest")
    before = execute(postgres.url, "SELECT sum(n_tup_ins + n_tup_upd) FROM pg_stat_user_tables")
    guest = postgres.url.replace("//postgres:", "//guest:")
    study = open_study(guest)
    assert len(study.trials) == 4
    after = execute(postgres.url, "SELECT sum(n_tup_ins + n_tup_upd) FROM pg_stat_user_tables")
    assert before == after


def test_a_database_without_studies_stays_empty(postgres: Server) -> None:
    url = postgres.url.removesuffix("/postgres") + "/empty"
    with pytest.raises(StoreError, match="holds no study of nasbench_mvit"):
        open_study(url)
    assert list(find_runs([url])) == ["empty"]
    assert not execute(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'")


@pytest.mark.parametrize("change", [
    "UPDATE trials SET state = 'COMPLETE', datetime_complete = now() WHERE state = 'RUNNING'",
    "UPDATE trial_user_attributes SET value_json = value_json || ' ' WHERE trial_id = 1",
    "INSERT INTO trials (number, study_id, state, datetime_start) VALUES (9, 1, 'FAIL', now())",
])  # fmt: skip
def test_what_changes_is_read_again_and_nothing_else(change: str, postgres: Server) -> None:
    run = find_runs([postgres.url])[KEY]
    study, state = run.look().study, run.state()
    assert run.look().study is study
    assert run.state() == state
    execute(postgres.url, change)
    assert run.state() != state
    assert run.look().study is not study


def test_a_server_that_goes_away_is_a_trouble_with_what_was_read_last(postgres: Server) -> None:
    run = find_runs([postgres.url])[KEY]
    study = run.look().study
    postgres.stop()
    look = run.look()
    gone = find_runs([postgres.url])
    postgres.start()
    assert look.study is study is not None
    assert look.trouble == "the server cannot be read"
    assert "Check that the server runs" in look.reason
    assert PASSWORD not in look.reason
    assert list(gone) == ["postgres"]
    assert run.look().trouble == ""
