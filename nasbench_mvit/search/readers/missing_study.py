"""Messages for a study that is not where it is looked for, which name those that are."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from nasbench_mvit.errors import StudyError, listed, nearest
from nasbench_mvit.io import catalogue
from nasbench_mvit.search.store.location import STORE_FILE

ELSEWHERE = "Or name another place, by `run_dir=` or `storage=`."


def how_to_start(study: str) -> str:
    """Return a sentence with the command that starts a study, or how its file would be made.

    Args:
        study: name or path of its file, which may not exist.
    """
    try:
        catalogue.find("studies", study, StudyError)
    except StudyError:
        return f"No study file is called '{study}': copy one of studies/ to start such a study."
    return f"Start it with `python -m nasbench_mvit.search --study {shlex.quote(study)}`."


def not_the_one(names: Sequence[str], wanted: str | None, place: object) -> str:
    """Return the message for a store that does not hold the study to read, or several.

    Args:
        names: the studies that it holds.
        wanted: the study to read; None for the only one.
        place: the store: a path, or else its URL without secrets.
    """
    studies = f"the {'study' if len(names) == 1 else 'studies'} {listed(names)}"
    held = f"{place} holds {studies if names else 'no study of nasbench_mvit'}"
    if wanted is not None:
        hint = nearest(wanted, names)
        return f"{held}, not '{wanted}'.{hint} {how_to_start(wanted)} {ELSEWHERE}"
    if not names:
        return f"{held}. {ELSEWHERE}"
    if not isinstance(place, Path):
        return f"{held}. Name one of them as the study."
    folder = place.parent if place.name == STORE_FILE else place
    return f"{held}. Name one of them, as {folder / names[0]} (in Python `name='{names[0]}'`)."
