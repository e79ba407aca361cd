"""Reads a study, finished or running, from outside its search."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.readers.sqlite import Reading, StudyReader
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import StoredTrial
from nasbench_mvit.search.trials.snapshot import IMAGES_KEY

if TYPE_CHECKING:
    from nasbench_mvit.search.readers.server import ServerReader


@dataclass(frozen=True)
class StoredStudy:
    """A study at the time of reading.

    Attributes:
        name: name of the study.
        config: its configuration.
        trials: the trials with a record, by number.
        images: fingerprint of its training images.
    """

    name: str
    config: StudyConfig
    trials: tuple[StoredTrial, ...]
    images: str


def read_store(file: Path) -> StoredStudy:
    """Read the only study of a file, without a change to it.

    Raises:
        StoreError: there is no such file, it does not hold exactly one study, or it cannot be read.
    """
    return stored_of(StudyReader(file).read())


def reader_of(location: Location, name: str | None) -> "StudyReader | ServerReader":
    """Return a reader of the study ``name``, or of the only one there without a name.

    Raises:
        StoreError: there is no such file.
    """
    if (file := location.file) is not None:
        return file_reader(file, name)
    from nasbench_mvit.search.readers.server import ServerReader  # noqa: PLC0415 - loads Optuna

    return ServerReader(location, name)


def file_reader(file: Path, name: str | None) -> StudyReader:
    """Return a reader of the study ``name`` of a file, or of the only one without a name.

    Raises:
        StoreError: a name is given and there is no such file.
    """
    if name is not None and not file.exists():
        raise StoreError(
            f"there is no run of study '{name}' in {file.parent}. Start it with "
            f"`python -m nasbench_mvit.search --study {name}`, or name another place with "
            "--run-dir or --storage."
        )
    return StudyReader(file, name)


def stored_of(reading: Reading) -> StoredStudy:
    """Return the study of a reading."""
    return StoredStudy(reading.study, reading.config, reading.trials, _images(reading.snapshot))


def _images(snapshot: Mapping[str, Any]) -> str:
    identity = snapshot.get("identity")
    return str(identity.get(IMAGES_KEY)) if isinstance(identity, dict) else ""
