"""``notes.json``: notes and tags on a study and its networks, beside its store and never in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import filelock
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from nasbench_mvit.errors import StoreError
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.io.validation import explain
from nasbench_mvit.workbench.studies.study import Study

FILE = "notes.json"
LOCK = ".notes.lock"
LOCK_WAIT_S = 5.0
TAGS, NOTE = "tags", "note"
MOST_TAGS, LONGEST_NOTE = 20, 10_000
WHOLE_STUDY = "study"

Tag = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^,\n]{1,40}$")]


class Note(BaseModel):
    """A note on a network, or on a study as a whole.

    Attributes:
        text: the note.
        tags: short names, none of which holds a comma.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: Annotated[str, StringConstraints(max_length=LONGEST_NOTE, strip_whitespace=True)] = ""
    tags: tuple[Tag, ...] = Field(default=(), max_length=MOST_TAGS)


EMPTY = Note()


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")
    schema_version: Annotated[int, Field(ge=1, le=1)] = 1
    studies: dict[str, dict[str, Note]] = Field(default_factory=dict)


class ChangedMeanwhileError(StoreError):
    """Somebody else has changed a note since it was read; ``note`` is that now."""

    def __init__(self, note: Note) -> None:
        self.note = note
        super().__init__(
            "the note was changed by somebody else meanwhile. Look at it, and save again to "
            "replace it."
        )


@dataclass(frozen=True)
class StudyNotes:
    """The notes on a study: on the whole of it, and by trial."""

    of_study: Note
    by_trial: Mapping[int, Note]

    def of(self, trial: int | None) -> Note:
        """Return the note on a trial, on the study for None; an empty one without any."""
        return self.of_study if trial is None else self.by_trial.get(trial, EMPTY)

    def beside(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table of trials with the columns tags, joined by commas, and note, if any."""
        if not self.by_trial:
            return table
        notes = [self.of(trial) for trial in table.trial]
        tags = [", ".join(note.tags) for note in notes]
        return table.assign(**{TAGS: tags, NOTE: [note.text for note in notes]})


def split_tags(text: str) -> list[str]:
    """Return the tags in a cell of the column tags."""
    return [tag for tag in text.split(", ") if tag]


def notes_file(study: Study) -> Path:
    """Return the path of the notes on a study, in the folder of its run; it may not exist."""
    return study.run_dir / FILE


def read_notes(study: Study) -> StudyNotes:
    """Return the notes on a study.

    Raises:
        StoreError: their file is damaged or cannot be read.
    """
    mine = _read(notes_file(study)).studies.get(_key(study), {})
    by_trial = {int(number): note for number, note in mine.items() if number != WHOLE_STUDY}
    return StudyNotes(mine.get(WHOLE_STUDY, EMPTY), by_trial)


def write_note(study: Study, trial: int | None, note: Mapping[str, Any], *, before: Note) -> Note:
    """Replace the note on a trial, or on the study for None; an empty one is deleted.

    Args:
        study: the study.
        trial: number of the trial.
        note: its text and tags.
        before: the note that is to be replaced, as it was read.

    Returns:
        The note as it is kept.

    Raises:
        ChangedMeanwhileError: somebody else has replaced it since.
        StoreError: it is too long, or the file cannot be written.
    """
    try:
        new = Note.model_validate(note)
    except ValidationError as error:
        raise StoreError(f"the note was not saved: {explain(error, note, Note)}") from None
    path = notes_file(study)
    key, place = _key(study), WHOLE_STUDY if trial is None else str(trial)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(path.with_name(LOCK), timeout=LOCK_WAIT_S):
            document = _read(path)
            mine = document.studies.setdefault(key, {})
            if (now := mine.get(place, EMPTY)) not in {before, new}:
                raise ChangedMeanwhileError(now)
            mine[place] = new
            if new == EMPTY:
                del mine[place]
            write_text(path, document.model_dump_json(indent=1) + "\n")
    except (OSError, filelock.Timeout) as error:
        cause = getattr(error, "strerror", None) or "it is locked"
        raise StoreError(
            f"{path} cannot be written: {cause}. Correct the permissions of its folder."
        ) from None
    return new


def _key(study: Study) -> str:
    """Return the key of a study in its file: studies of several servers may share a folder."""
    return f"{study.name} in {study.place}" if study.is_given_by_url else study.name


def _read(path: Path) -> _Document:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return _Document.model_validate(content)
    except FileNotFoundError:
        return _Document()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}. Correct its rights.") from None
    except ValidationError as error:
        raise StoreError(
            f"{path} is damaged: {explain(error, content, _Document)} Correct or move it."
        ) from None
    except ValueError as error:
        raise StoreError(f"{path} is damaged: {error}. Correct or move it.") from None
