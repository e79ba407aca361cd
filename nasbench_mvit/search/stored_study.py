"""A study that a search has left, or is still at, for whoever is not that search."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import optuna

from nasbench_mvit import catalogue
from nasbench_mvit.errors import StoreError, listed
from nasbench_mvit.search.database import open_storage, storage_errors
from nasbench_mvit.search.location import Location
from nasbench_mvit.search.reader import StudyReader
from nasbench_mvit.search.record import StoredTrial
from nasbench_mvit.search.schema import DAMAGED, STUDY_KEY
from nasbench_mvit.search.snapshot import IMAGES_KEY
from nasbench_mvit.search.store import StudyStore
from nasbench_mvit.search.study import StudyConfig


@dataclass(frozen=True)
class StoredStudy:
    """A study as it stood when it was read.

    Attributes:
        config: what it is to find.
        trials: those with a record, by number.
        images: fingerprint of the images it trains on.
    """

    config: StudyConfig
    trials: tuple[StoredTrial, ...]
    images: str


def read_study(location: Location, name: str) -> StoredStudy:
    """Return the study ``name``; a file is not changed by it, nor is one made.

    Raises:
        StoreError: there is no such storage or study, or it cannot be read.
    """
    start = (
        f"Start it with `python -m nasbench_mvit.search --study {name}`, or name another place "
        "with --run-dir or --storage."
    )
    file = location.file
    if file is None:
        return _of_server(location, name, start)
    if not file.exists():
        raise StoreError(f"there is no run of study '{name}' in {file.parent}. {start}")
    reading = StudyReader(file, name).read()
    return StoredStudy(reading.config, reading.trials, _images(reading.snapshot))


def _of_server(location: Location, name: str, start: str) -> StoredStudy:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with storage_errors(location):
        storage = open_storage(location)
        existing = sorted(study.study_name for study in storage.get_all_studies())
        if name not in existing:
            held = f"the study {listed(existing)}" if existing else "no study"
            raise StoreError(f"{location} holds {held}, not '{name}'. {start}")
        study = optuna.load_study(study_name=name, storage=storage)
        snapshot = study.user_attrs.get(STUDY_KEY)
        with contextlib.closing(StudyStore(study, storage, location)) as store:
            trials = tuple(store.trials())
    config = snapshot.get("config") if isinstance(snapshot, dict) else None
    where = f"the configuration of study '{name}' in {location}"
    if not isinstance(config, dict):
        raise StoreError(f"{where} is missing. {DAMAGED}")
    return StoredStudy(
        catalogue.validate(config, StudyConfig, StoreError, where=where),
        trials,
        _images(snapshot or {}),
    )


def _images(snapshot: Mapping[str, Any]) -> str:
    identity = snapshot.get("identity")
    return str(identity.get(IMAGES_KEY)) if isinstance(identity, dict) else ""
