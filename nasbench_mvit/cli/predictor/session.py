"""What the verbs of ``python -m nasbench_mvit.predictor`` do, and what they print."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import PredictorError, SpecError, unknown
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.latency.fitting.evaluation import evaluate
from nasbench_mvit.latency.fitting.measured import measured_document
from nasbench_mvit.latency.fitting.report import (
    LEGEND,
    kinds_frame,
    noise_text,
    parts_frame,
    scores_frame,
    worst_frame,
    write_report,
)
from nasbench_mvit.latency.fitting.rows import LatencyRows, read_rows
from nasbench_mvit.latency.fitting.transfer import transferred_document
from nasbench_mvit.latency.networks.file import FORMATS, read_networks
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.document_fits import Regression
from nasbench_mvit.latency.predictor.files import read_document, write_document
from nasbench_mvit.latency.predictor.predictor import LatencyArrays, load_predictor
from nasbench_mvit.search.reports.text import EXTRAPOLATED, EXTRAPOLATED_NOTE

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def fit(console: Console, records: Path, output: Path, *, holdout: int) -> None:
    """Fit a predictor, say how good it is, and write it."""
    _check_output(output)
    rows, held_out = _split(read_rows(records), holdout)
    _finish(console, measured_document(output.stem, rows, held_out), rows, output)


def transfer(console: Console, parent: str, records: Path, output: Path, *, holdout: int) -> None:
    """Adapt a predictor to another device, say how good it is, and write it."""
    _check_output(output)
    origin = load_predictor(parent)
    rows, held_out = _split(read_rows(records), holdout)
    console.print(f"parent: {origin.document.name}, {origin.document.target}")
    _finish(console, transferred_document(output.stem, origin, rows, held_out), rows, output)


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


def _finish(console: Console, document: PredictorDocument, rows: LatencyRows, path: Path) -> None:
    console.print(f"target: {document.target}\nmilliseconds: {rows.estimator}")
    console.print(f"noise floor: {noise_text(document.records.noise)}")
    if isinstance(document.fit, Regression):
        console.print(f"fit: {document.fit.way}")
        scores = scores_frame(document.fit.scores)
        _show(console, f"{document.name} beside its baselines", scores)
        console.print(LEGEND)
    kinds = kinds_frame(document.fit.model, rows.specs)
    _show(console, "where the milliseconds go, mean of the rows", kinds)
    write_document(document, path)
    console.print(
        f"wrote {path}: `python -m nasbench_mvit.search --study STUDY --predictor {path}` "
        "searches with it"
    )


def judge(console: Console, predictor: str, records: Path, *, report: Path | None) -> None:
    """Print how well a predictor does on records of its target."""
    judged = load_predictor(predictor)
    rows = read_rows(records)
    evaluation = evaluate(judged, rows)
    console.print(f"{judged.document.name}: {judged.title}\ntarget: {judged.document.target}")
    for note in evaluation.notes:
        console.print(f"differs: {note}")
    console.print(f"noise floor: {noise_text(rows.noise)}")
    _show(console, "these records", scores_frame(evaluation.scores))
    if isinstance(judged.document.fit, Regression):
        _show(console, "when it was fitted", scores_frame(judged.document.fit.scores))
    console.print(LEGEND)
    _show(console, "missed most", worst_frame(evaluation))
    if report is not None:
        write_report(report, judged, evaluation)
        console.print(f"see {report / 'predicted_measured.html'}, scores.md and rows.csv beside it")


def predict(console: Console, options: argparse.Namespace) -> None:
    """Print the latency of one network or several, or what a space holds."""
    predictor = load_predictor(options.predictor)
    specs = _networks(options)
    many = predictor.predict_many(specs)
    console.print(f"{predictor.document.name}: {predictor.title}")
    if options.spec is None:
        _show_space(console, many)
    else:
        _show_networks(console, specs, many, predictor.document.interval)
    model = predictor.document.fit.model
    if len(specs) == 1:
        _show(console, "where the milliseconds go", parts_frame(model, specs[0]))
    else:
        means = kinds_frame(model, specs)
        _show(console, "where the milliseconds go, mean of the networks", means)
    if options.output is not None:
        with atomic_write(options.output) as file:
            file.write(_csv(specs, many).encode())
        console.print(f"wrote {options.output}")


def _networks(options: argparse.Namespace) -> list[MobileViTSpec]:
    if options.space is not None:
        space, rng = SearchSpace.load(options.space), np.random.default_rng(options.seed)
        return [space.sample(rng) for _ in range(options.networks)]
    if options.spec in BASELINES:
        return [published(options.spec)]
    path = Path(options.spec)
    if path.suffix not in {".json", ".jsonl"}:
        raise SpecError(
            f"{unknown('network', options.spec, BASELINES)} One of your own is given by the path "
            f"of a .json or .jsonl file: {FORMATS}."
        )
    return read_networks(path)


def _show_networks(
    console: Console, specs: Sequence[MobileViTSpec], many: LatencyArrays, interval: str
) -> None:
    table = pd.DataFrame(
        {
            "network": [spec.id for spec in specs],
            "pixels": [str(spec.resolution) for spec in specs],
            "ms": [f"{ms:.2f}" for ms in many.ms],
            "interval": [
                f"[{low:.2f}, {high:.2f}]{EXTRAPOLATED if outside else ''}"
                for low, high, outside in zip(many.low, many.high, many.extrapolating, strict=True)
            ],
        }
    )
    _show(console, "predicted", table)
    console.print(f"interval: {interval}", markup=False)
    if many.extrapolating.any():
        console.print(EXTRAPOLATED_NOTE)


def _show_space(console: Console, many: LatencyArrays) -> None:
    table = pd.DataFrame(
        {
            "share of networks below": [f"{share:.0%}" for share in QUANTILES],
            "ms": [f"{ms:.2f}" for ms in np.quantile(many.ms, QUANTILES)],
        }
    )
    _show(console, f"{len(many.ms):,} networks", table)
    console.print(f"{many.extrapolating.mean():.0%} of them are unlike those it was made from")


def _csv(specs: Sequence[MobileViTSpec], many: LatencyArrays) -> str:
    costs = count_costs_many(specs)
    frame = pd.DataFrame(
        {
            "network": [spec.id for spec in specs],
            "ms": many.ms,
            "low_ms": many.low,
            "high_ms": many.high,
            "extrapolating": many.extrapolating,
            "params": costs.params,
            "macs": costs.macs,
            "spec": [spec.to_json() for spec in specs],
        }
    )
    return frame.to_csv(index=False)


def _show(console: Console, title: str, rows: pd.DataFrame) -> None:
    """Print rows of text under a title, without lines between columns: there are many."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in rows.columns:
        table.add_column(column, no_wrap=True)
    for row in rows.itertuples(index=False):
        table.add_row(*map(str, row))
    console.print(table)
