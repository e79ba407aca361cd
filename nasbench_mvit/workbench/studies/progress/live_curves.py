"""The learning curves of trainings that have not ended, which no store holds, from their logs."""

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
        seconds; empty where nothing is trained, or where another machine has the logs.
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
    more = logged[~logged.seed.isin(stored.seed)]
    return pd.concat([stored, more], ignore_index=True) if len(stored) else more


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
