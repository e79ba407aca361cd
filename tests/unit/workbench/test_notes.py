"""Notes beside a study."""

from pathlib import Path

import pytest
from synthetic import add_study, synthetic_run

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.workbench.exploration.filters import Tagged, filterable, filtered, tags_of
from nasbench_mvit.workbench.studies.notes import (
    EMPTY,
    ChangedMeanwhileError,
    Note,
    notes_file,
    read_notes,
    write_note,
)
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.study import Study


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run(tmp_path_factory.mktemp("runs") / "run", 4)


@pytest.fixture
def study(run: Path) -> Study:
    (run / "notes.json").unlink(missing_ok=True)
    return open_study(run)


def test_notes_are_kept_beside_the_store_which_stays_as_it_is(study: Study, run: Path) -> None:
    store = (run / STORE_FILE).read_bytes()
    write_note(study, 3, {"text": " good ", "tags": ["keep"]}, before=EMPTY)
    write_note(study, None, {"text": "first try"}, before=EMPTY)
    notes = read_notes(study)
    assert notes.of(3) == Note(text="good", tags=("keep",))
    assert notes.of(None).text == "first try"
    assert notes.of(1) == EMPTY
    assert (run / STORE_FILE).read_bytes() == store


def test_an_emptied_note_is_gone(study: Study) -> None:
    note = write_note(study, 3, {"text": "good"}, before=EMPTY)
    write_note(study, 3, {}, before=note)
    assert '"good"' not in notes_file(study).read_text()


def test_what_somebody_else_wrote_is_not_lost(study: Study) -> None:
    theirs = write_note(study, 3, {"text": "theirs"}, before=EMPTY)
    with pytest.raises(ChangedMeanwhileError) as caught:
        write_note(study, 3, {"text": "mine"}, before=EMPTY)
    assert caught.value.note == theirs
    write_note(study, 4, {"text": "another trial's"}, before=EMPTY)
    write_note(study, 3, {"text": "mine"}, before=caught.value.note)
    assert read_notes(study).of(3).text == "mine"


def test_studies_of_a_store_have_their_own(tmp_path: Path) -> None:
    both = synthetic_run(tmp_path / "both", 0)
    add_study(both / STORE_FILE, "second")
    first, second = (open_study(both, name=name) for name in ("latency_iphone", "second"))
    write_note(first, None, {"text": "of the first"}, before=EMPTY)
    assert read_notes(second).of(None) == EMPTY


@pytest.mark.parametrize(("note", "needle"), [
    ({"tags": ["a,b"]}, "tags"),
    ({"tags": ["a"] * 21}, "tags"),
    ({"tags": ["x" * 41]}, "tags"),
    ({"text": "x" * 10_001}, "text"),
])  # fmt: skip
def test_what_is_too_long_is_refused(study: Study, note: dict[str, object], needle: str) -> None:
    with pytest.raises(StoreError, match=rf"the note was not saved: .*{needle}"):
        write_note(study, 3, note, before=EMPTY)
    assert not notes_file(study).exists()


@pytest.mark.parametrize(
    "text", ["{", '{"studies": 1}', '{"schema_version": 9, "studies": {}}', "[]"]
)
def test_a_damaged_file_is_named_and_never_replaced(study: Study, text: str) -> None:
    notes_file(study).write_text(text)
    with pytest.raises(StoreError, match=r"notes\.json is damaged"):
        read_notes(study)
    with pytest.raises(StoreError, match=r"notes\.json is damaged"):
        write_note(study, 3, {"text": "x"}, before=EMPTY)
    assert notes_file(study).read_text() == text


def test_networks_are_filtered_by_any_of_their_tags(study: Study) -> None:
    for trial, tags in ((3, ["a", "b"]), (4, ["b"]), (5, ["c"])):
        write_note(study, trial, {"tags": tags}, before=EMPTY)
    table = read_notes(study).beside(study.timed_trials)
    assert "tags" in filterable(table)
    assert "tags" not in filterable(study.timed_trials)
    assert tags_of(table) == ["a", "b", "c"]
    rows = filtered(table, [Tagged(("a", "c"))], study.config.rule)
    assert rows.trial.tolist() == [3, 5]
