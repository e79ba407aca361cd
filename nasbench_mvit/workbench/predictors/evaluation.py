"""evaluate_predictor: a predictor held against measurements of its target."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from nasbench_mvit.figures.latency import UNSEEN
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.latency.fitting import report
from nasbench_mvit.latency.fitting.evaluation import RowEvaluation, evaluate
from nasbench_mvit.latency.fitting.rows import read_rows
from nasbench_mvit.latency.fitting.scoring import too_inaccurate
from nasbench_mvit.latency.predictor.document_fits import MODEL, Regression
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor

#: What the columns of a frame of scores mean.
SCORES_LEGEND: Final = report.LEGEND


@dataclass(frozen=True, kw_only=True)
class PredictorEvaluation:
    """A predictor held against measurements of its target.

    Attributes:
        predictor: the one evaluated.
        evaluation: its errors, and a line for each network.
        noise: how well the measured latencies repeat, in words.
        scores: its errors and those of its baselines on these records, as text.
        fitted_scores: the same when it was fitted; None for one fitted to published rows.
        worst: the networks with the largest errors, as text.
        do_not_use: why it is too inaccurate on networks it was not fitted to; None where it is not,
            or where there are none.
        report: the folder with the report; None where none was asked for.
    """

    predictor: LatencyPredictor
    evaluation: RowEvaluation
    noise: str
    scores: pd.DataFrame
    fitted_scores: pd.DataFrame | None
    worst: pd.DataFrame
    do_not_use: str | None
    report: Path | None


def evaluate_predictor(
    predictor: str | Path, records: str | Path, *, report_dir: str | Path | None = None
) -> PredictorEvaluation:
    """Return the errors of a predictor and its baselines on measurements of its target.

    >>> import nasbench_mvit
    >>> data = Path(nasbench_mvit.__file__).parent / "latency/data/records"
    >>> found = evaluate_predictor("epyc_wasm", data / "epyc_wasm.jsonl")
    >>> list(found.evaluation.scores)
    ['not fitted to', 'fitted to']

    Args:
        predictor: name of a shipped one, or path of a file.
        records: the ``records.jsonl`` of a measurement.
        report_dir: folder for the tables, the figure and the rows.

    Raises:
        PredictorError: it cannot be loaded, or the records are of another target.
        MeasurementError: the records cannot be read.
        OSError: the report cannot be written.
    """
    folder = None if report_dir is None else expanded(report_dir)
    evaluated = load_predictor(predictor)
    rows = read_rows(records)
    evaluation = evaluate(evaluated, rows)
    if folder is not None:
        report.write_report(folder, evaluated, evaluation)
    fit, unseen = evaluated.document.fit, evaluation.scores.get(UNSEEN)
    return PredictorEvaluation(
        predictor=evaluated,
        evaluation=evaluation,
        noise=report.noise_text(rows.noise),
        scores=report.scores_frame(evaluation.scores),
        fitted_scores=report.scores_frame(fit.scores) if isinstance(fit, Regression) else None,
        worst=report.worst_frame(evaluation),
        do_not_use=too_inaccurate(unseen[MODEL]) if unseen else None,
        report=folder,
    )
