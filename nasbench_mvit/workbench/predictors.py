"""Predictors of latency: fitted to measurements, transferred, evaluated and used."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import PredictorError, SpecError, unknown
from nasbench_mvit.latency.fitting import measured, report, transfer
from nasbench_mvit.latency.fitting.evaluation import Evaluation, evaluate
from nasbench_mvit.latency.fitting.rows import LatencyRows, read_rows
from nasbench_mvit.latency.networks.file import FORMATS, read_networks
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.document_fits import Regression
from nasbench_mvit.latency.predictor.files import read_document, write_document
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.reports import text

MIN_FIT_ROWS: Final = measured.MIN_ROWS
MIN_TRANSFER_ROWS: Final = transfer.MIN_ROWS
#: What the columns of a frame of scores mean.
SCORES_LEGEND: Final = report.LEGEND
EXTRAPOLATED: Final = text.EXTRAPOLATED
EXTRAPOLATED_NOTE: Final = text.EXTRAPOLATED_NOTE


@dataclass(frozen=True, kw_only=True)
class FittedPredictor:
    """A predictor file that was written.

    Attributes:
        path: of the file.
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
        report: the folder with the report; None where none was asked for.
    """

    predictor: LatencyPredictor
    evaluation: Evaluation
    noise: str
    scores: pd.DataFrame
    fitted_scores: pd.DataFrame | None
    worst: pd.DataFrame
    report: Path | None


@dataclass(frozen=True, kw_only=True)
class LatencyPrediction:
    """Predicted latencies.

    Attributes:
        predictor: what predicts.
        networks: a line for each: network (its id), ms, low_ms, high_ms (of the 90 % interval),
            extrapolating, params, macs, spec (as JSON).
        resolutions: of the networks, in pixels.
        parts: milliseconds of a single network by kind of layer and stage, of several by kind, the
            mean of the networks; as text.
    """

    predictor: LatencyPredictor
    networks: pd.DataFrame
    resolutions: tuple[int, ...]
    parts: pd.DataFrame


def fit_predictor(records: Path, output: Path, *, holdout: int = 0) -> FittedPredictor:
    """Fit a predictor to the measurements of 20 networks or more, and write it.

    >>> import nasbench_mvit
    >>> data = Path(nasbench_mvit.__file__).parent / "latency/data/records"
    >>> fitted = fit_predictor(data / "epyc_onnxruntime.jsonl", Path("mine.json"), holdout=60)
    >>> fitted.document.name, fitted.document.records.kind
    ('mine', 'measured')

    Args:
        records: the ``records.jsonl`` of a measurement.
        output: predictor file to write; an earlier predictor there is replaced.
        holdout: networks that are not fitted to and only serve to tell the error.

    Raises:
        PredictorError: there are too few networks, or ``output`` is a file of another kind.
        MeasurementError: the records cannot be read.
        OSError: the file cannot be written.
    """
    _check_output(output)
    rows, held_out = _split(read_rows(records), holdout)
    return _written(measured.measured_document(output.stem, rows, held_out), rows, output, None)


def transfer_predictor(
    parent: str, records: Path, output: Path, *, holdout: int = 0
) -> FittedPredictor:
    """Adapt a predictor to another device by measurements of 3 networks or more, and write it.

    >>> import nasbench_mvit
    >>> data = Path(nasbench_mvit.__file__).parent / "latency/data/records"
    >>> records = data / "epyc_wasm.jsonl"
    >>> fitted = transfer_predictor("epyc_onnxruntime", records, Path("adapted.json"))
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
    _check_output(output)
    origin = load_predictor(parent)
    rows, held_out = _split(read_rows(records), holdout)
    document = transfer.transferred_document(output.stem, origin, rows, held_out)
    return _written(document, rows, output, origin.document)


def _split(rows: LatencyRows, holdout: int) -> tuple[LatencyRows, LatencyRows | None]:
    if holdout >= len(rows):
        raise PredictorError(
            f"--holdout must leave rows to fit to: {holdout} of {len(rows)}. Hold out fewer."
        )
    return rows.split(holdout) if holdout else (rows, None)


def _check_output(output: Path) -> None:
    """Refuse to write over a file that is no predictor."""
    if not output.exists():
        return
    try:
        read_document(output)
    except PredictorError:
        raise PredictorError(
            f"--output: {output} exists and is no predictor file, so it is not written over. "
            "Choose another name."
        ) from None


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


def evaluate_predictor(
    predictor: str, records: Path, *, report_dir: Path | None = None
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
    evaluated = load_predictor(predictor)
    rows = read_rows(records)
    evaluation = evaluate(evaluated, rows)
    if report_dir is not None:
        report.write_report(report_dir, evaluated, evaluation)
    fit = evaluated.document.fit
    return PredictorEvaluation(
        predictor=evaluated,
        evaluation=evaluation,
        noise=report.noise_text(rows.noise),
        scores=report.scores_frame(evaluation.scores),
        fitted_scores=report.scores_frame(fit.scores) if isinstance(fit, Regression) else None,
        worst=report.worst_frame(evaluation),
        report=report_dir,
    )


def predict_latency(predictor: str, networks: Sequence[MobileViTSpec]) -> LatencyPrediction:
    """Return the latencies of one network or more, at the networks' own resolutions.

    >>> from nasbench_mvit.architecture.published import published
    >>> found = predict_latency("iphone12_coreml", [published("mobilevit_xs")])
    >>> found.networks.ms.between(5, 10).tolist()
    [True]

    Raises:
        PredictorError: the predictor, a name or a path, cannot be loaded.
    """
    loaded = load_predictor(predictor)
    latencies, costs = loaded.predict_many(networks), count_costs_many(networks)
    frame = pd.DataFrame(
        {
            "network": [spec.id for spec in networks],
            "ms": latencies.ms,
            "low_ms": latencies.low,
            "high_ms": latencies.high,
            "extrapolating": latencies.extrapolating,
            "params": costs.params,
            "macs": costs.macs,
            "spec": [spec.to_json() for spec in networks],
        }
    )
    model = loaded.document.fit.model
    is_single = len(networks) == 1
    return LatencyPrediction(
        predictor=loaded,
        networks=frame,
        resolutions=tuple(spec.resolution for spec in networks),
        parts=report.parts_frame(model, networks[0])
        if is_single
        else report.kinds_frame(model, networks),
    )


def named_networks(name: str) -> list[MobileViTSpec]:
    """Return the published network of that name, or the networks of the file of that path.

    Raises:
        SpecError: it is neither a published name nor the path of a JSON file.
        MeasurementError: the file cannot be read, or holds no networks.
    """
    if name in BASELINES:
        return [published(name)]
    path = Path(name)
    if path.suffix not in {".json", ".jsonl"}:
        raise SpecError(
            f"{unknown('network', name, BASELINES)} One of your own is given by the path of a "
            f".json or .jsonl file: {FORMATS}."
        )
    return read_networks(path)


def drawn_networks(space: str, size: int, *, seed: int = 0) -> list[MobileViTSpec]:
    """Return ``size`` networks drawn from a space, given by its name or path.

    Raises:
        SpaceError: there is no such space, or its file is not valid.
    """
    loaded, rng = SearchSpace.load(space), np.random.default_rng(seed)
    return [loaded.sample(rng) for _ in range(size)]
