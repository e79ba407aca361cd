"""Opens a study in a storage, or creates it with its objectives and its snapshot."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from pydantic import ValidationError

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.errors import StoreError, listed
from nasbench_mvit.search.store.database import opened, storage_errors
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.sections import Reference
from nasbench_mvit.search.trials.schema import LAST_KEY, STUDY, STUDY_KEY, upgraded
from nasbench_mvit.search.trials.snapshot import check_same

DIRECTIONS = (StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE)


def _create_study(storage: RDBStorage, name: str, snapshot: Mapping[str, Any]) -> optuna.Study:
    """Return the study ``name``, created with ``snapshot`` if it does not exist."""
    study = optuna.create_study(
        storage=storage, study_name=name, directions=DIRECTIONS, load_if_exists=True
    )
    if _is_blank(study):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            study.set_metric_names(["proxy_top1", _rule_of(snapshot.get("config")).column])
        study.set_user_attr(STUDY_KEY, dict(snapshot))
    return study


def _is_blank(study: optuna.Study) -> bool:
    """Return whether a study was just created, by this command or one that was killed then."""
    return (
        not study.user_attrs
        and tuple(study.directions) == DIRECTIONS
        and not study.get_trials(deepcopy=False)
    )


class Decided(NamedTuple):
    """What a study may leave open, as decided when it was first run."""

    rule: FrontRule
    reference: Reference | None


def stored_decisions(location: Location, name: str) -> Decided | None:
    """Return the decisions stored for the study ``name``; None where there is no such study.

    Raises:
        StoreError: the storage cannot be opened, or is not an Optuna storage.
    """
    if location.file is not None and not location.file.exists():
        return None
    with storage_errors(location), opened(location) as storage:
        try:
            for study in storage.get_all_studies():
                snapshot = study.user_attrs.get(STUDY_KEY)
                if study.study_name == name and isinstance(snapshot, dict):
                    config = snapshot.get("config")
                    return Decided(_rule_of(config), _reference_of(config))
        finally:
            storage.remove_session()
            storage.engine.dispose()
    return None


def _rule_of(config: object) -> FrontRule:
    """Return the rule of a stored study; what is damaged is refused where the study is compared."""
    rule = config.get("front") if isinstance(config, dict) else None
    return FrontRule(rule) if rule in set(FrontRule) else FrontRule.POINT


def _reference_of(config: object) -> Reference | None:
    given = config.get("reference") if isinstance(config, dict) else None
    try:
        return None if given is None else Reference.model_validate(given)
    except ValidationError:  # damaged, as above
        return None


def open_store(
    location: Location, name: str, snapshot: Mapping[str, Any], run_dir: Path | None = None
) -> StudyStore:
    """Open the study ``name``, or create it with ``snapshot`` if it does not exist.

    Args:
        location: the storage.
        name: name of the study.
        snapshot: snapshot of a new study; its ``identity`` must equal that of an existing study in
            every field. What else differs, as a larger budget, is stored for those who read.
        run_dir: directory that the driver has locked; None for a reader.

    Raises:
        StoreError: the storage cannot be opened, is not an Optuna storage, or holds another study.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with storage_errors(location), opened(location) as storage:
        existing = storage.get_all_studies()
        names = sorted(study.study_name for study in existing)
        if location.exclusive and names and name not in names:
            ours = sorted(study.study_name for study in existing if STUDY_KEY in study.user_attrs)
            whose = f", not '{name}'. Go on with it by its name, or choose another `run_dir=`."
            if not ours:
                whose = " of another program. Choose another `run_dir=`."
            raise StoreError(f"{location} holds the study {listed(ours or names)}{whose}")
        study = _create_study(storage, name, snapshot)
        store = StudyStore(study, storage, location, run_dir)
        attributes = study.user_attrs
        check_same(attributes.get(STUDY_KEY), snapshot, name, location)
        first = attributes[STUDY_KEY]
        last = attributes.get(LAST_KEY, first)
        what = f"the study '{name}' in {location}"
        if upgraded(STUDY, last, what, first).get("config") != snapshot["config"]:
            study.set_user_attr(LAST_KEY, dict(snapshot))
    return store
