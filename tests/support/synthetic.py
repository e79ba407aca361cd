"""Stores of many made-up trials, written in one go; the accuracies are arithmetic, no results."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from optuna.distributions import FloatDistribution, distribution_to_json

from nasbench_mvit.architecture.fields import flatten
from nasbench_mvit.architecture.network import mobilevit
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.search.store.location import STORE_FILE, Location
from nasbench_mvit.search.store.opening import open_store
from nasbench_mvit.search.study.config import StudyConfig, load_study, predictor_of
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Evaluation, Role, TrialLatency, TrialRecord
from nasbench_mvit.search.trials.snapshot import take_snapshot
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult

FRACTIONS = 8
START = datetime(2026, 1, 1)  # noqa: DTZ001  Optuna stores local times
TRIAL_SECONDS = 20
_ANY_NUMBER = distribution_to_json(FloatDistribution(0.0, 1e4))
BASELINE_TOP1 = {"mobilevit_s": 0.55, "mobilevit_xs": 0.46, "mobilevit_xxs": 0.38}


def wide_open(study: str) -> tuple[str, StudyConfig]:
    """Return a study that compares by the point and takes intervals of any width."""
    name, config = load_study(study)
    limits = config.limits.model_dump() | {"latency_spread": None}
    return name, config.with_options(front="point", limits=limits)


def synthetic_run(
    folder: Path, count: int, study: str = "latency_iphone", calibration: str | None = None
) -> Path:
    """Make the run of a finished ``study`` in ``folder``: its baselines and ``count`` networks."""
    name, config = wide_open(study)
    config = config.with_options(calibration=calibration)
    folder.mkdir(parents=True, exist_ok=True)
    content = {"space": SearchSpace.load(config.space).digest, "predictor": "-", "images": "-"}
    open_store(Location.in_folder(folder), name, take_snapshot(config, content))
    append_trials(folder / STORE_FILE, synthetic_records(config, count))
    return folder


def running_run(folder: Path) -> Path:
    """Make the run of ``latency_iphone`` in ``folder``: its baselines and a trial under way."""
    synthetic_run(folder, 0)
    record = synthetic_records(wide_open("latency_iphone")[1], 1)[-1][1]
    append_trials(folder / STORE_FILE, [("RUNNING", record.changed(evaluations=()))])
    return folder


def add_study(store: Path, name: str) -> None:
    """Add a study of the same content, without trials, to a store."""
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("INSERT INTO studies (study_name) VALUES (?)", (name,))
        connection.execute(
            "INSERT INTO study_user_attributes (study_id, key, value_json) SELECT s.study_id, "
            "a.key, a.value_json FROM studies s, study_user_attributes a WHERE s.study_name = ?",
            (name,),
        )


def synthetic_records(
    config: StudyConfig, count: int, *, seed: int = 0
) -> list[tuple[str, TrialRecord]]:
    """Return ``count`` networks as Optuna's state and record; a few rejected, a few failed."""
    space = SearchSpace.load(config.space)
    predictor = predictor_of(config)
    candidates = Candidates(space, predictor, config.limits)
    rng = np.random.default_rng(seed)
    specs = [space.sample(rng) for _ in range(count)]
    costs, latency = count_costs_many(specs), predictor.predict_many(specs)
    records = [_baseline(candidates, name, config.baselines[name]) for name in BASELINE_TOP1]
    for i, spec in enumerate(specs):
        record = TrialRecord(
            role=Role.SEARCH,
            spec=spec.to_dict(),
            spec_id=spec.id,
            params=int(costs.params[i]),
            macs=int(costs.macs[i]),
            latency=TrialLatency(
                ms=float(latency.ms[i]),
                low=float(latency.low[i]),
                high=float(latency.high[i]),
                kind="estimated",
                calibrated_on="published",
                extrapolating=bool(latency.extrapolating[i]),
                predictor=predictor.document.name,
            ),
            seeds=(0,),
            versions={"nasbench_mvit": "0"},
        )
        records.append(_with_outcome(record, i, candidates.rejection(record), rng))
    return records


def _baseline(candidates: Candidates, name: str, seeds: int) -> tuple[str, TrialRecord]:
    record = candidates.record(published(name), role=Role.BASELINE, seeds=range(seeds), name=name)
    evaluations = tuple(evaluation(BASELINE_TOP1[name] + 0.02 * s, s) for s in range(seeds))
    return "COMPLETE", record.changed(evaluations=evaluations)


def _with_outcome(
    record: TrialRecord, number: int, rejection: str | None, rng: np.random.Generator
) -> tuple[str, TrialRecord]:
    if rejection is not None:
        return "PRUNED", record.changed(rejection=rejection)
    if number % 50 == 49:
        reason = "seed 0: the loss is not finite at step 3, learning rate 0.004."
        return "FAIL", record.changed(failure=reason, failure_is_final=True)
    top1 = float(np.clip(0.1 * np.log(record.macs / 1e7) + rng.normal(0, 0.03), 0.05, 0.95))
    return "COMPLETE", record.changed(evaluations=(evaluation(top1),))


def evaluation(top1: float, seed: int = 0) -> Evaluation:
    """Return a training that ends at ``top1``."""
    curve = tuple(
        FractionReport(
            fraction=part / FRACTIONS,
            step=part * 14,
            top1=top1 * (part / FRACTIONS) ** 0.5,
            num_images=400,
            train_loss=3.0 / part,
            seconds=2.5 * part,
            cpu_seconds=2.5 * part,
        )
        for part in range(1, FRACTIONS + 1)
    )
    result = TrainingResult(curve=curve, device="cpu", precision="float32")
    return Evaluation(seed=seed, result=result)


def append_trials(store: Path, records: Sequence[tuple[str, TrialRecord]]) -> None:
    """Write trials as Optuna would lay them, in one transaction."""
    with closing(sqlite3.connect(store)) as connection, connection:
        first = connection.execute("SELECT count(*) FROM trials").fetchone()[0]
        for number, (state, record) in enumerate(records, start=first):
            started = START + timedelta(seconds=TRIAL_SECONDS * number)
            ended = None if state == "RUNNING" else started + timedelta(seconds=TRIAL_SECONDS)
            cursor = connection.execute(
                "INSERT INTO trials (number, study_id, state, datetime_start, datetime_complete) "
                "VALUES (?, 1, ?, ?, ?)",
                (number, state, _sql_time(started), ended and _sql_time(ended)),
            )
            _write_for_optuna(connection, cursor.lastrowid, state, record)
            connection.execute(
                "INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES (?, ?, ?)",
                (cursor.lastrowid, "nasbench_mvit", json.dumps(record.model_dump(mode="json"))),
            )


def _write_for_optuna(
    connection: sqlite3.Connection, trial_id: int | None, state: str, record: TrialRecord
) -> None:
    """Write objectives and parameters, which optuna-dashboard shows and we do not read."""
    if state == "COMPLETE":
        connection.executemany(
            "INSERT INTO trial_values (trial_id, objective, value, value_type) "
            "VALUES (?, ?, ?, 'FINITE')",
            [(trial_id, 0, record.top1()), (trial_id, 1, record.latency.ms)],
        )
    fields = {
        name: float(value)
        for name, value in flatten(mobilevit(record.network())).items()
        if isinstance(value, int | float)
    }
    connection.executemany(
        "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) "
        "VALUES (?, ?, ?, ?)",
        [(trial_id, name, value, _ANY_NUMBER) for name, value in fields.items()],
    )


def _sql_time(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S.%f")
