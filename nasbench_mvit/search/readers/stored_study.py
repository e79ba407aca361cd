"""Reads a study, finished or running, from outside its search."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.readers.server import ServerReader
from nasbench_mvit.search.readers.sqlite import Reading, StudyReader
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import StoredTrial
from nasbench_mvit.search.trials.snapshot import IMAGES_KEY


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


def read_study(location: Location, name: str) -> StoredStudy:
    """Read the study ``name``, without a change to its file.

    Raises:
        StoreError: there is no such storage or study, or it cannot be read.
    """
    return _stored(reader_of(location, name).read())


def read_store(file: Path) -> StoredStudy:
    """Read the only study of a file, without a change to it.

    Raises:
        StoreError: there is no such file, it does not hold exactly one study, or it cannot be read.
    """
    return _stored(StudyReader(file).read())


def reader_of(location: Location, name: str) -> StudyReader | ServerReader:
    """Return a reader of the study ``name``.

    Raises:
        StoreError: there is no such file.
    """
    file = location.file
    if file is None:
        return ServerReader(location, name)
    if not file.exists():
        raise StoreError(
            f"there is no run of study '{name}' in {file.parent}. Start it with "
            f"`python -m nasbench_mvit.search --study {name}`, or name another place with "
            "--run-dir or --storage."
        )
    return StudyReader(file, name)


def _stored(reading: Reading) -> StoredStudy:
    return StoredStudy(reading.study, reading.config, reading.trials, _images(reading.snapshot))


def _images(snapshot: Mapping[str, Any]) -> str:
    identity = snapshot.get("identity")
    return str(identity.get(IMAGES_KEY)) if isinstance(identity, dict) else ""
