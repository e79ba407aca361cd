"""Creates a study in a storage, with its objectives and its snapshot."""

import warnings
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage
from optuna.study import StudyDirection

from nasbench_mvit.search.trials.schema import STUDY_KEY

DIRECTIONS = (StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE)
OBJECTIVES = ("proxy_top1", "latency_ms")


def create_study(storage: RDBStorage, name: str, snapshot: Mapping[str, Any]) -> optuna.Study:
    """Return the study ``name``, created with ``snapshot`` if it does not exist."""
    study = optuna.create_study(
        storage=storage, study_name=name, directions=DIRECTIONS, load_if_exists=True
    )
    if _is_blank(study):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            study.set_metric_names(list(OBJECTIVES))
        study.set_user_attr(STUDY_KEY, dict(snapshot))
    return study


def _is_blank(study: optuna.Study) -> bool:
    """Return whether a study was just created, by this command or one that was killed then."""
    return (
        not study.user_attrs
        and tuple(study.directions) == DIRECTIONS
        and not study.get_trials(deepcopy=False)
    )
