"""The learning curves of a trial as a table."""

import dataclasses

import pandas as pd

from nasbench_mvit.search.trials.record import UNFINISHED, StoredTrial
from nasbench_mvit.training.proxy.result import FractionReport

COLUMNS = ["fraction", "step", "top1", "num_images", "train_loss", "seconds"]


def curves_of(trial: StoredTrial) -> pd.DataFrame:
    """Return the learning curves of a trial: seed, fraction, step, top1 and what else is reported.

    A training that a rung stopped, or that is under way, has the part of its curve up to its last
    rung.
    """
    curves = {e.seed: e.result.curve for e in trial.record.evaluations}
    judged = trial.record.judged
    if judged is not None and (judged.is_stopped or trial.state in UNFINISHED):
        curves.setdefault(judged.seed, judged.curve)
    rows = [(seed, *_values(point)) for seed, curve in curves.items() for point in curve]
    return pd.DataFrame(rows, columns=["seed", *COLUMNS])


def _values(point: FractionReport) -> list[float]:
    fields = dataclasses.asdict(point)
    return [fields[column] for column in COLUMNS]
