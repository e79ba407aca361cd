"""compare_fronts: the fronts of searches by their finalists, beside what the searches cost."""

import math
from collections.abc import Sequence
from pathlib import Path

from nasbench_mvit.benchmark.retrained_fronts import SearchedFront, SearchedFronts
from nasbench_mvit.errors import StudyError, SupernetError, check_types, listed
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.search.study.config import SUPERNET
from nasbench_mvit.supernet.description import digest_of, read_description
from nasbench_mvit.training.proxy.result import SharedResult
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.study import Study


def compare_fronts(runs: Sequence[str | Path]) -> SearchedFronts:
    """Return the finalists of searches of one task, with hypervolumes and costs.

    Args:
        runs: run directories of searches that ended with finalists, trained from random weights.

    Raises:
        StoreError: one holds no study.
        StudyError: one has no such finalists, or they are of different tasks.
        SupernetError: the supernet of one is missing, or another one.
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
            supernet_core_seconds=_supernet_core_seconds(str(run), study),
        )
        fronts.append(front)
    return SearchedFronts(tuple(fronts))


def _supernet_core_seconds(place: str, study: Study) -> float:
    """Return the core-seconds of the training of a search's supernet, NaN without one.

    Raises:
        SupernetError: its file is missing, or another one.
    """
    if study.config.evaluator != SUPERNET:
        return math.nan
    path = expanded(study.config.supernet or "")
    about, digest = read_description(path), digest_of(path)
    results = [e.result for trial in study.reading.trials for e in trial.record.evaluations]
    used = {result.supernet for result in results if isinstance(result, SharedResult)}
    if used - {digest}:
        raise SupernetError(
            f"{path} is another supernet ({digest}) than that of the search in {place} "
            f"({listed(sorted(used))}), so that its cost is not known. Put that file back."
        )
    return about.cpu_seconds
