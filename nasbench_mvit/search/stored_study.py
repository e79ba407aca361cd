"""Reading a study that a search has left, or is still at, without being that search."""

import optuna

from nasbench_mvit import catalogue
from nasbench_mvit.errors import StoreError, listed
from nasbench_mvit.search.database import DAMAGED, storage_errors
from nasbench_mvit.search.location import Location
from nasbench_mvit.search.store import STUDY_KEY, StudyStore, checked_snapshot, open_storage
from nasbench_mvit.search.study import StudyConfig


def read_store(location: Location, name: str) -> StudyStore:
    """Open the study ``name`` to read it; nothing is created.

    Raises:
        StoreError: the storage cannot be opened, is no Optuna storage, or does not hold the study,
            or holds it in another schema.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    start = (
        f"Start it with `python -m nasbench_mvit.search --study {name}`, or name another place "
        "with --run-dir or --storage."
    )
    if location.file is not None and not location.file.is_file():
        raise StoreError(f"there is no run of study '{name}' in {location.file.parent}. {start}")
    with storage_errors(location):
        storage = open_storage(location)
        existing = sorted(study.study_name for study in storage.get_all_studies())
        if name not in existing:
            held = f"the study {listed(existing)}" if existing else "no study"
            raise StoreError(f"{location} holds {held}, not '{name}'. {start}")
        study = optuna.load_study(study_name=name, storage=storage)
        checked_snapshot(study, name, location)
    return StudyStore(study, storage, location)


def stored_config(store: StudyStore) -> StudyConfig:
    """Return the configuration a study was last started with.

    Raises:
        StoreError: it is damaged.
    """
    where = f"the configuration in {store.location}"
    content = store.study.user_attrs[STUDY_KEY].get("config")
    if not isinstance(content, dict):
        raise StoreError(f"{where} is missing. {DAMAGED}")
    return catalogue.validate(content, StudyConfig, StoreError, where=where)
