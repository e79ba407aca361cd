"""Notes and tags on a study and its networks, which viewers write and read."""

import share
import streamlit as st
from show import caption, heading, warning, words

from nasbench_mvit.errors import StoreError
from nasbench_mvit.figures import page as html
from nasbench_mvit.workbench.studies.notes import (
    EMPTY,
    LONGEST_NOTE,
    MOST_TAGS,
    ChangedMeanwhileError,
    Note,
    StudyNotes,
    notes_file,
    read_notes,
    write_note,
)
from nasbench_mvit.workbench.studies.study import Study


def notes_of(study: Study) -> StudyNotes:
    """Return the notes on a study; what keeps them from being read is shown."""
    try:
        return read_notes(study)
    except StoreError as error:
        warning(str(error))
        return StudyNotes(EMPTY, {})


def edit(key: str, study: Study, trial: int | None) -> None:
    """Show the note on a trial, on the study for None, and let the user change it."""
    notes = notes_of(study)
    note = notes.of(trial)
    heading("Notes")
    name = f"{key}.{'study' if trial is None else trial}"
    before = st.session_state.setdefault(f"before.{name}", note)
    is_untouched = _entered(name) in {None, (before.text, before.tags)}
    if note != before and is_untouched:  # somebody else has changed it
        before = st.session_state[f"before.{name}"] = note
    if is_untouched:
        st.session_state[f"note.{name}"] = before.text
        st.session_state[f"tags.{name}"] = list(before.tags)
    if trial is not None:
        known = {tag for each in notes.by_trial.values() for tag in each.tags}
        st.multiselect(
            "Tags", sorted(known.union(st.session_state[f"tags.{name}"])), key=f"tags.{name}",
            accept_new_options=True, max_selections=MOST_TAGS, placeholder="Choose or type a tag",
        )  # fmt: skip
    st.text_area("Note", key=f"note.{name}", max_chars=LONGEST_NOTE, placeholder="For all who "
                 "open this study")  # fmt: skip
    st.button("Save", key=f"save.{name}", on_click=_save, args=(study, trial, name))
    if problem := st.session_state.pop(f"problem.{name}", ""):
        st.error(words(problem))
    share.add(lambda: html.paragraph(f"Tags: {', '.join(note.tags) or 'none'}"))
    share.add(lambda: html.paragraph(note.text or "No note"))
    caption(f"Kept in {notes_file(study)}, beside the study; its store is not changed.")


def _entered(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Return text and tags as they stand on the page, None before they do."""
    if f"note.{name}" not in st.session_state:
        return None
    return st.session_state[f"note.{name}"], tuple(st.session_state.get(f"tags.{name}", ()))


def _save(study: Study, trial: int | None, name: str) -> None:
    before: Note = st.session_state[f"before.{name}"]
    text, tags = _entered(name) or ("", ())
    try:
        saved = write_note(study, trial, {"text": text, "tags": tags}, before=before)
    except ChangedMeanwhileError as error:
        st.session_state[f"before.{name}"] = error.note
        theirs = f"{', '.join(error.note.tags)} {error.note.text}".strip() or "deleted"
        st.session_state[f"problem.{name}"] = f"{error} It is now: {theirs}"
    except StoreError as error:
        st.session_state[f"problem.{name}"] = str(error)
    else:
        st.session_state[f"before.{name}"] = saved
