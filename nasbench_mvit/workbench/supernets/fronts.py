"""compare_fronts: the fronts of searches by their finalists, beside what the searches cost."""

import math
from collections.abc import Sequence
from pathlib import Path

from nasbench_mvit.benchmark.retrained_fronts import SearchedFront, SearchedFronts
from nasbench_mvit.errors import StudyError, check_types
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.search.study.config import SUPERNET, StudyConfig
from nasbench_mvit.supernet.description import read_description
from nasbench_mvit.workbench.studies.open import open_study


def compare_fronts(runs: Sequence[str | Path]) -> SearchedFronts:
    """Return the finalists of searches of one task, with hypervolumes and costs.

    Args:
        runs: run directories of searches that ended with finalists, trained from random weights.

    Raises:
        StoreError: one holds no study.
        StudyError: one has no such finalists, or they are of different tasks.
        SupernetError: the supernet of one is missing.
    """
    check_types(runs, (str, Path), "`runs=` must be a list of run directories", StudyError)
    if not runs:
        raise StudyError("`runs=` names no run directory. Name one or more.")
    fronts = []
    for run in runs:
        study = open_study(run)
        front = SearchedFront(
            place=str(run),
            config=study.config,
            trials=study.reading.trials,
            final=study.final,
            supernet_core_seconds=_supernet_core_seconds(study.config),
        )
        fronts.append(front)
    return SearchedFronts(tuple(fronts))


def _supernet_core_seconds(config: StudyConfig) -> float:
    if config.evaluator != SUPERNET:
        return math.nan
    return read_description(expanded(config.supernet or "")).cpu_seconds
