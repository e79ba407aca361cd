"""Returns a reader of a study, wherever its store is."""

from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.readers.missing_study import ELSEWHERE, how_to_start
from nasbench_mvit.search.readers.sqlite import StudyReader, study_names
from nasbench_mvit.search.store.location import Location

if TYPE_CHECKING:
    from nasbench_mvit.search.readers.server import ServerReader


def reader_of(location: Location, name: str | None) -> "StudyReader | ServerReader":
    """Return a reader of the study ``name``, or of the only one there without a name.

    Raises:
        StoreError: there is no such file.
    """
    if (file := location.file) is not None:
        return file_reader(file, name)
    from nasbench_mvit.search.readers.server import ServerReader  # noqa: PLC0415 - loads Optuna

    return ServerReader(location, name)


def names_at(location: Location) -> list[str]:
    """Return the names of the studies at a location, none of a file that cannot be read now.

    Raises:
        ReadError: the server cannot be read.
    """
    if (file := location.file) is not None:
        return study_names(file)
    from nasbench_mvit.search.readers.server import server_studies  # noqa: PLC0415 - loads Optuna

    return server_studies(location)


def file_reader(file: Path, name: str | None) -> StudyReader:
    """Return a reader of the study ``name`` of a file, or of the only one without a name.

    Raises:
        StoreError: a name is given and there is no such file.
    """
    if name is not None and not file.exists():
        raise StoreError(
            f"there is no run of study '{name}' in {file.parent}. {how_to_start(name)} {ELSEWHERE}"
        )
    return StudyReader(file, name)
