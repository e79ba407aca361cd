"""refit_study: adapt a study's predictor to measurements, and continue the study under it."""

import itertools
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.errors import StudyError, listed
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.search.readers.find_run import find_run
from nasbench_mvit.search.readers.sqlite import study_names
from nasbench_mvit.search.store.location import STORE_FILE, Location
from nasbench_mvit.search.study.config import predictor_of
from nasbench_mvit.workbench.predictors.making import FittedPredictor, transfer_predictor
from nasbench_mvit.workbench.shared.limits import check_minutes
from nasbench_mvit.workbench.studies.observer import StudyObserver
from nasbench_mvit.workbench.studies.prepared_study import prepare_study
from nasbench_mvit.workbench.studies.run import StudyResult, run_prepared


@dataclass(frozen=True, kw_only=True)
class RefittedStudy:
    """A study that continued under an adapted predictor.

    Attributes:
        predictor: the new predictor, a file beside the records.
        result: the outcome of the search since.
    """

    predictor: FittedPredictor
    result: StudyResult


def refit_study(
    study: str,
    records: str | Path,
    *,
    trials: int | None = None,
    workers: int | None = None,
    max_minutes: float | None = None,
    observer: StudyObserver | None = None,
) -> RefittedStudy:
    """Adapt a study's predictor to measured latencies and continue the study under the new one.

    >>> import shutil, nasbench_mvit
    >>> records = Path(nasbench_mvit.__file__).parent / "latency/data/records/epyc_wasm.jsonl"
    >>> _, study = nasbench_mvit.load_study("table_iphone")
    >>> study = study.with_options(trials=4, predictor="epyc_onnxruntime", limits={})
    >>> _ = nasbench_mvit.run_study(study, run_dir="runs/server")
    >>> refitted = refit_study("server", shutil.copy(records, "records.jsonl"), trials=6)
    >>> refitted.result.completion
    <Completion.DONE: 'done'>

    The run is set aside whole and begins anew in its directory with all that was trained; every
    network's earlier latency stays in its record as ``superseded``. A training that had not ended
    begins again.

    Args:
        study: name or directory of a run.
        records: the ``records.jsonl`` of a measurement of 3 networks or more, as of its front.
        trials: networks to train in all, the earlier ones included; as before if left out.
        workers: as for ``run_study``.
        max_minutes: as for ``run_study``.
        observer: as for ``run_study``.

    Raises:
        WorkbenchError: the run or the records are not usable, or the run is of a shared store.
    """
    found = find_run(study)
    reading = found.read()
    names = study_names(found.run_dir / STORE_FILE)
    if others := [name for name in names if name != reading.study]:
        raise StudyError(
            f"the store of {study} holds {listed(others)} too, so the study cannot be set aside. "
            "Adapt a predictor with transfer_predictor, and search with it in another `run_dir=`."
        )
    parent = reading.config.predictor or predictor_of(reading.config).document.name
    output = _unused(expanded(records).with_name(f"{reading.study}.json"))
    check_minutes(max_minutes)
    predictor = transfer_predictor(parent, records, output)
    config = reading.config.with_options(
        predictor=str(output), trials=trials, front=reading.config.rule
    )
    result = run_prepared(
        prepare_study(config, name=reading.study, run_dir=found.run_dir, workers=workers, ray=None),
        Location.in_folder(found.run_dir),
        before=reading.trials,
        max_minutes=max_minutes,
        observer=observer,
    )
    return RefittedStudy(predictor=predictor, result=result)


def _unused(path: Path) -> Path:
    """Return ``path``, numbered where it is taken: earlier runs name the files they began with."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(name for name in itertools.chain([path], numbered) if not name.exists())
