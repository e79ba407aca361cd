"""A store of an older schema is read through its upgrades, and what wrote it is named otherwise."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.readers.sqlite import StudyReader
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.opening import open_store
from nasbench_mvit.search.trials import schema
from nasbench_mvit.search.trials.snapshot import take_snapshot

GOLDEN = Path(__file__).parents[3] / "golden" / "study_v1" / "study.db"
Content = dict[str, Any]


def _upgrade(kind: str, content: Content) -> Content:
    """Schema 0, made up for this test, said `multiply_adds`, `settings` and `test_set`."""
    names = {
        "study": ("settings", "config"),
        "TrialRecord": ("multiply_adds", "macs"),
        "FinalRecord": ("test_set", "test_images"),
        "FinalPlan": ("numbers", "trials"),
    }
    old, new = names[kind]
    return {new if key == old else key: value for key, value in content.items()}


@pytest.fixture
def old_store(tmp_path: Path) -> Path:
    """The golden store as schema 0 would have written it."""
    path = tmp_path / "study.db"
    shutil.copy(GOLDEN, path)

    def older(text: str) -> str:
        content = json.loads(text)
        names = {"config": "settings", "macs": "multiply_adds", "test_images": "test_set"}
        if "trials" in content and "seeds" in content:
            names["trials"] = "numbers"
        return json.dumps(
            {names.get(key, key): value for key, value in content.items()} | {"schema_version": 0}
        )

    with sqlite3.connect(path) as connection:
        connection.create_function("older", 1, older)
        for table in ("study_user_attributes", "trial_user_attributes"):
            connection.execute(
                f"UPDATE {table} SET value_json = older(value_json) "  # noqa: S608 - a constant
                "WHERE key LIKE 'nasbench_mvit%'"
            )
    return path


@pytest.fixture
def upgrades(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setattr(schema, "UPGRADES", {0: _upgrade})


def test_an_older_store_reads_as_the_one_it_was(
    old_store: Path, upgrades: Callable[[], None]
) -> None:
    upgrades()

    old, new = StudyReader(old_store).read(), StudyReader(GOLDEN).read()

    assert old.trials == new.trials
    assert old.config == new.config
    assert old.final == new.final


def test_a_search_goes_on_with_an_older_store(
    old_store: Path, upgrades: Callable[[], None]
) -> None:
    upgrades()
    golden = StudyReader(GOLDEN).read()
    identity = golden.snapshot["identity"]
    snapshot = take_snapshot(golden.config, {}) | {"identity": identity}

    store = open_store(Location.in_folder(old_store.parent), "smoke", snapshot, old_store.parent)

    assert store.trials() == list(golden.trials)


def test_a_store_without_an_upgrade_names_what_wrote_it(old_store: Path) -> None:
    with pytest.raises(StoreError, match=r"has schema 0, this version reads 1\..*nasbench-mvit=="):
        StudyReader(old_store).read()


def test_a_later_schema_is_refused_where_older_ones_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schema, "UPGRADES", {0: _upgrade})
    with pytest.raises(StoreError, match="has schema 2, this version reads 0 to 1"):
        schema.upgraded("study", {"schema_version": 2}, "it", {})
