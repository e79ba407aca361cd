"""fit_predictor and transfer_predictor: from measurements to a predictor file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from nasbench_mvit.errors import PredictorError, check_count
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import check_name
from nasbench_mvit.latency.fitting import measured, report, transfer
from nasbench_mvit.latency.fitting.rows import LatencyRows, read_rows
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.document_fits import Regression
from nasbench_mvit.latency.predictor.files import read_document, write_document
from nasbench_mvit.latency.predictor.predictor import load_predictor

MIN_FIT_ROWS: Final = measured.MIN_ROWS
MIN_TRANSFER_ROWS: Final = transfer.MIN_ROWS


@dataclass(frozen=True, kw_only=True)
class FittedPredictor:
    """A predictor file that was written.

    Attributes:
        path: path of the file.
        document: its content.
        parent: the predictor that it was transferred from; None for one fitted to rows alone.
        estimator: how samples became milliseconds, in words.
        noise: how well the latencies repeat, in words.
        way: the fit that was chosen, in words.
        scores: errors of it and its baselines on rows they were not fitted to, as text.
        kinds: milliseconds by kind of layer, the mean of its rows, as text.
    """

    path: Path
    document: PredictorDocument
    parent: PredictorDocument | None
    estimator: str
    noise: str
    way: str
    scores: pd.DataFrame
    kinds: pd.DataFrame


def fit_predictor(records: str | Path, output: str | Path, *, holdout: int = 0) -> FittedPredictor:
    """Fit a predictor to the measurements of 20 networks or more, and write it.

    >>> import nasbench_mvit
    >>> data = Path(nasbench_mvit.__file__).parent / "latency/data/records"
    >>> fitted = fit_predictor(data / "epyc_onnxruntime.jsonl", "mine.json", holdout=60)
    >>> fitted.document.name, fitted.document.records.kind
    ('mine', 'measured')

    Args:
        records: the ``records.jsonl`` of a measurement.
        output: predictor file to write; an earlier predictor there is replaced.
        holdout: networks that are not fitted to and only serve to estimate the error.

    Raises:
        PredictorError: there are too few networks, or ``output`` is a file of another kind.
        MeasurementError: the records cannot be read.
        OSError: the file cannot be written.
    """
    check_count(holdout, "`holdout=`", PredictorError, least=0)
    output = _checked(output)
    rows, held_out = _split(read_rows(records), holdout)
    return _written(measured.measured_document(output.stem, rows, held_out), rows, output, None)


def transfer_predictor(
    parent: str | Path, records: str | Path, output: str | Path, *, holdout: int = 0
) -> FittedPredictor:
    """Adapt a predictor to another device by measurements of 3 networks or more, and write it.

    >>> import nasbench_mvit
    >>> data = Path(nasbench_mvit.__file__).parent / "latency/data/records"
    >>> records = data / "epyc_wasm.jsonl"
    >>> fitted = transfer_predictor("epyc_onnxruntime", records, "adapted.json")
    >>> fitted.parent.name, fitted.document.parent.name
    ('epyc_onnxruntime', 'epyc_onnxruntime')

    Args:
        parent: name or path of the predictor that is adapted.
        records: as for ``fit_predictor``.
        output: as for ``fit_predictor``.
        holdout: as for ``fit_predictor``.

    Raises:
        PredictorError: as for ``fit_predictor``, or the parent cannot be loaded.
        MeasurementError: the records cannot be read.
        OSError: the file cannot be written.
    """
    check_count(holdout, "`holdout=`", PredictorError, least=0)
    output = _checked(output)
    origin = load_predictor(parent)
    rows, held_out = _split(read_rows(records), holdout)
    document = transfer.transferred_document(output.stem, origin, rows, held_out)
    return _written(document, rows, output, origin.document)


def _split(rows: LatencyRows, holdout: int) -> tuple[LatencyRows, LatencyRows | None]:
    if holdout >= len(rows):
        raise PredictorError(
            f"`holdout=` must leave rows to fit to: {holdout} of {len(rows)}. Hold out fewer."
        )
    return rows.split(holdout) if holdout else (rows, None)


def _checked(output: str | Path) -> Path:
    """Return the path of a predictor to write; a file there that is no predictor is refused."""
    output = expanded(output)
    check_name(output.stem, "`output=`: the predictor", PredictorError)
    if not output.exists():
        return output
    try:
        read_document(output)
    except PredictorError:
        raise PredictorError(
            f"`output=`: {output} exists and is no predictor file, so it is not written over. "
            "Choose another name."
        ) from None
    return output


def _written(
    document: PredictorDocument,
    rows: LatencyRows,
    path: Path,
    parent: PredictorDocument | None,
) -> FittedPredictor:
    if not isinstance(document.fit, Regression):
        raise PredictorError(f"{document.name} is no regression on measured rows.")
    write_document(document, path)
    return FittedPredictor(
        path=path,
        document=document,
        parent=parent,
        estimator=str(rows.estimator),
        noise=report.noise_text(document.records.noise),
        way=document.fit.way,
        scores=report.scores_frame(document.fit.scores),
        kinds=report.kinds_frame(document.fit.model, rows.specs),
    )
