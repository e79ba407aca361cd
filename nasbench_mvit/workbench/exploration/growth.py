"""What a search has gained so far: over its trials and over time."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nasbench_mvit.analysis.anytime import hypervolume_curve
from nasbench_mvit.analysis.pareto import hypervolume
from nasbench_mvit.search.reports.text import reference_note
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.workbench.exploration.filters import eligible
from nasbench_mvit.workbench.studies.study import Study


def hypervolume_curves(studies: Mapping[str, Study]) -> tuple[pd.DataFrame, float]:
    """Return the hypervolume of each study after each ended trial, and that of the baselines.

    All are measured from the reference point of the first study.

    Returns:
        A table with the columns study, trials, minutes and hypervolume (fraction × ms, or MB),
        and the hypervolume of the first study's baselines alone.
    """
    first = next(iter(studies.values()))
    point = first.summary.reference
    worst = {"worst_top1": point.top1, "worst_latency_ms": point.cost}
    curves = []
    for key, study in studies.items():
        ended = study.timed_trials[study.timed_trials.minutes.notna()].sort_values("minutes")
        areas = hypervolume_curve(
            ended.top1.where(eligible(ended)), ended[_front_column(study)], **worst
        )
        curves.append(
            pd.DataFrame(
                {
                    "study": key,
                    "trials": np.arange(1, len(ended) + 1),
                    "minutes": ended.minutes.to_numpy(),
                    "hypervolume": areas,
                }
            )
        )
    rows = first.timed_trials[first.timed_trials.role == Role.BASELINE]
    baselines = hypervolume(rows.top1, rows[_front_column(first)], **worst)
    return pd.concat(curves, ignore_index=True), baselines


def hypervolume_note(first: Study) -> str:
    """Return the meaning of hypervolume beside the first of some studies."""
    return (
        f"The area the front dominates, from {reference_note(first.summary)}; the dotted line is "
        "that of the published networks alone, whatever the limits."
    )


def _front_column(study: Study) -> str:
    return study.summary.rule.front_column


def endings(study: Study) -> pd.DataFrame:
    """Return for each ended trial when it ended and how: minutes, outcome, and a running count."""
    ended = study.timed_trials[study.timed_trials.minutes.notna()].sort_values("minutes")
    outcome = ended.state.where(ended.duplicate_of.isna(), "repeated")
    count = outcome.groupby(outcome).cumcount() + 1
    return pd.DataFrame({"minutes": ended.minutes, "outcome": outcome, "count": count})
