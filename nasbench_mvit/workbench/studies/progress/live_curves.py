"""The learning curves of trainings that have not ended, from their logs.

A store holds such a curve up to the last rung, which is what there is without the log.
"""

import re
from pathlib import Path

import pandas as pd

from nasbench_mvit.search.trials.record import UNFINISHED, State
from nasbench_mvit.workbench.studies.curves import COLUMNS, curves_of
from nasbench_mvit.workbench.studies.progress.trial_logs import log_of
from nasbench_mvit.workbench.studies.study import Study

_REPORT = re.compile(
    r"seed (?P<seed>\d+): (?P<percent>[\d.e+]+) %(?:, a rung)?: [\w-]+ (?P<top1>[\d.]+) % of "
    r"(?P<num_images>\d+) images, loss (?P<train_loss>[\d.]+|nan|inf), (?P<seconds>[\d.]+) s"
)


def live_curves(study: Study) -> pd.DataFrame:
    """Return the curves of the trials that have not ended, so far.

    Returns:
        A table with the columns trial, seed, fraction, step, top1, num_images, train_loss and
        seconds; empty where nothing is trained. Where another machine has the logs there are
        the seeds that have ended, and the training under way up to its last rung.
    """
    running = [trial.number for trial in study.reading.trials if trial.state is State.RUNNING]
    curves = {number: curves_so_far(study, number) for number in running}
    tables = [curve.assign(trial=number) for number, curve in curves.items() if len(curve)]
    columns = ["trial", "seed", *COLUMNS]
    return pd.concat(tables)[columns] if tables else pd.DataFrame(columns=columns)


def curves_so_far(study: Study, number: int) -> pd.DataFrame:
    """Return the curves of a trial, of one that is being trained from its log as well."""
    trial = next(trial for trial in study.reading.trials if trial.number == number)
    stored = curves_of(trial)
    if trial.state not in UNFINISHED:
        return stored
    logged = logged_curves(log_of(study.run_dir, number), study.config.proxy.steps)
    ended = stored[stored.seed.isin([each.seed for each in trial.record.evaluations])]
    to_rung = stored[~stored.seed.isin([*ended.seed, *logged.seed])]
    tables = [each for each in (ended, logged[~logged.seed.isin(ended.seed)], to_rung) if len(each)]
    return pd.concat(tables, ignore_index=True) if tables else logged


def logged_curves(log: Path, steps: int) -> pd.DataFrame:
    """Return the curves in the log of a trial; a resumed training replaces what it repeats."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    points = {}
    for found in _REPORT.finditer(text):
        values = {name: float(value) for name, value in found.groupdict().items()}
        seed, fraction = int(values.pop("seed")), values.pop("percent") / 100
        points[seed, fraction] = {
            "seed": seed,
            "fraction": fraction,
            "step": round(fraction * steps),
            **values,
            "top1": values["top1"] / 100,
        }
    return pd.DataFrame(list(points.values()), columns=["seed", *COLUMNS])
