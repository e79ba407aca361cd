"""What a search has gained so far: over its trials, over time, and over the paper's networks."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nasbench_mvit.analysis.anytime import gain_over, hypervolume_curve
from nasbench_mvit.analysis.pareto import hypervolume
from nasbench_mvit.dashboard.filters import eligible
from nasbench_mvit.dashboard.runs import View
from nasbench_mvit.search.trials.record import Role

PERCENT = 100.0


def hypervolume_curves(views: Mapping[str, View]) -> tuple[pd.DataFrame, float]:
    """Return the hypervolume of each study after each ended trial, and that of the baselines.

    Returns:
        A table with the columns study, trials, minutes and hypervolume (fraction × ms), and the
        hypervolume of the first study's baselines alone.
    """
    curves = []
    for key, view in views.items():
        ended = view.table[view.table.minutes.notna()].sort_values("minutes")
        areas = hypervolume_curve(
            ended.top1.where(eligible(ended)), ended.latency_ms, **_reference(view)
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
    first = next(iter(views.values()))
    return pd.concat(curves, ignore_index=True), _of_baselines(first)


def _reference(view: View) -> dict[str, float]:
    reference = view.config.reference
    return {"worst_top1": reference.top1, "worst_latency_ms": reference.latency_ms}


def _of_baselines(view: View) -> float:
    rows = view.table[view.table.role == Role.BASELINE]
    return hypervolume(rows.top1, rows.latency_ms, **_reference(view))


def endings(view: View) -> pd.DataFrame:
    """Return for each ended trial when it ended and how: minutes, outcome, and a running count."""
    ended = view.table[view.table.minutes.notna()].sort_values("minutes")
    outcome = ended.state.where(ended.duplicate_of.isna(), "repeated")
    count = outcome.groupby(outcome).cumcount() + 1
    return pd.DataFrame({"minutes": ended.minutes, "outcome": outcome, "count": count})


def gains(view: View, table: pd.DataFrame) -> pd.DataFrame:
    """Return the gains of the front over each baseline, in points and milliseconds.

    Args:
        view: the study, for its baselines.
        table: the networks shown, whose front counts; baselines on it are left out.
    """
    front = table[table.on_front & (table.role == Role.SEARCH)].reset_index()
    rows = []
    for row in view.summary.baselines:
        gain = gain_over(front.top1, front.latency_ms, top1=row.top1, latency_ms=row.latency_ms)
        rows.append(
            {
                "over": row.name,
                "proxy top-1 at no more latency, points": _times(gain.top1, PERCENT),
                "gained with": _name(front, gain.top1_index),
                "latency saved at no less proxy top-1, ms": gain.latency_ms,
                "saved with": _name(front, gain.latency_index),
            }
        )
    return pd.DataFrame(rows).round(2)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _name(front: pd.DataFrame, index: int | None) -> str:
    return "none" if index is None else str(front.loc[index, "name"])
