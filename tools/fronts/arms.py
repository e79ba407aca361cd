"""The ways of searching that are compared, and what each has trained, in order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.store.location import STORE_FILE, Location
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.search.trials.record import Role, StoredTrial
from nasbench_mvit.workbench.studies.prepared_study import prepare_study
from nasbench_mvit.workbench.studies.run import run_prepared, run_study

STUDY = "latency_iphone"
PRIOR = "mobilevit_family"
#: How each arm changes the study; the user's way is a program of its own.
ARMS: Mapping[str, Callable[[StudyConfig], StudyConfig]] = {
    "random": lambda study: study.model_copy(update={"sampler": "random", "pruning": None}),
    "ours": lambda study: study,
    "ours_prior": lambda study: study.with_options(prior=PRIOR),
}
COLUMNS = (
    "arm", "seed", "place", "spec", "is_published", "top1", "latency_ms", "within_limits",
    "trainings",
)  # fmt: skip


def searched(arm: str, seed: int, run_dir: Path, *, trials: int | None) -> pd.DataFrame:
    """Run a search to its end, or go on with it, and return what it has trained.

    The published networks, with which all these arms begin, are trained once and count in each.

    Returns:
        Rows in the order of their trainings: the published networks with one seed each, the
        cheapest first, then with the others, then the trials. ``top1`` is the score by then (NaN
        where the training ended early), ``latency_ms`` the cost by the study's rule,
        ``within_limits`` whether it keeps the study's limits, ``trainings`` how many the row
        stands for, one that ended early as the share of its updates.
    """
    _, study = load_study(STUDY)
    place = run_dir / f"{arm}-{seed}"
    is_begun = (place / STORE_FILE).exists()
    before = None if is_begun else _published(study, run_dir / "published")
    config = ARMS[arm](study).with_options(seed=seed, trials=trials)
    prepared = prepare_study(config, name=None, run_dir=place, workers=None, ray=None)
    result = run_prepared(prepared, Location.of(place, None), before=before)
    rows = _rows(result.summary, result.study.reading.trials)
    return pd.DataFrame(rows)


def _published(study: StudyConfig, run_dir: Path) -> Sequence[StoredTrial]:
    """Train the published networks that every search begins with, once for all."""
    alone = study.model_copy(update={"trials": 0, "pruning": None})
    return run_study(alone, run_dir=run_dir).study.reading.trials


def _rows(summary: Summary, trials: Sequence[StoredTrial]) -> Iterator[dict[str, object]]:
    """Yield the rows of a search.

    Raises:
        ValueError: a training failed, which has a cost that nobody counts.
    """
    within = {row.trial: row.within_limits for row in summary.rows}
    in_order = sorted(trials, key=lambda trial: trial.number)
    published = [trial for trial in in_order if trial.record.role is Role.BASELINE]
    published.sort(key=lambda trial: trial.record.macs)
    for trial, scores in (
        *((trial, _scores(trial)[:1]) for trial in published),
        *((trial, _scores(trial)) for trial in published if len(_scores(trial)) > 1),
        *((trial, _scores(trial)) for trial in in_order if trial.record.role is not Role.BASELINE),
    ):
        record = trial.record
        if record.failure is not None:
            raise ValueError(f"trial {trial.number} failed: {record.failure}")
        spec, judged = record.network(), record.judged
        ended = judged.curve[-1].fraction if judged and judged.is_stopped else 0.0
        before = 1 if record.role is Role.BASELINE and len(scores) > 1 else 0
        trainings = len(scores) - before + ended
        if isinstance(spec, MobileViTSpec) and record.duplicate_of is None and trainings > 0:
            yield {
                "spec": spec.to_json(),
                "is_published": record.role is Role.BASELINE,
                "top1": float(np.mean(scores)) if scores else float("nan"),
                "latency_ms": record.latency.high,
                "within_limits": within[trial.number],
                "trainings": trainings,
            }


def _scores(trial: StoredTrial) -> list[float]:
    """Return the top-1 of each seed of a network that was trained to the end."""
    return [evaluation.result.top1 for evaluation in trial.record.evaluations]
