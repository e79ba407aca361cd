"""The result files of a search: ``front.json``, CSV files, self-contained ``report.html``."""

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.io

from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.latency.fitting.report import scores_frame
from nasbench_mvit.latency.predictor.document_fits import Regression
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.finalists.report import final_json, page_section, training_frame
from nasbench_mvit.search.finalists.summary import FinalSummary
from nasbench_mvit.search.reports.rivals import claims_json, rivals_section
from nasbench_mvit.search.reports.text import (
    EXTRAPOLATED_NOTE,
    accuracy_label,
    readable_rows,
    study_figure,
)
from nasbench_mvit.search.results.exact_front import Exact
from nasbench_mvit.search.results.summary import ESTIMATED, Row, Summary, finite
from nasbench_mvit.search.study.config import StudyConfig


def write_report(
    run_dir: Path,
    name: str,
    config: StudyConfig,
    summary: Summary,
    predictor: LatencyPredictor,
    final: FinalSummary | None = None,
    exact: Exact | None = None,
) -> tuple[Path, ...]:
    """Write the files into ``run_dir``, each replaced whole or not at all; return their paths.

    Args:
        run_dir: where.
        name: of the study.
        config: of the study.
        summary: what the search found.
        predictor: of the latencies.
        final: what its finalists came to, which have a file of their own; None without any.
        exact: the exact front of the space; None where it is not known.
    """
    front: dict[str, Any] = {
        "study": name,
        "accuracy": accuracy_label(config),
        "noise_top1": finite(summary.noise),
        "noise_note": summary.noise_note,
        "latency": predictor.title,
        "hypervolume": summary.hypervolume,
        "front": [_entry(row, summary) for row in summary.front],
        "baselines": [_entry(row, summary) for row in summary.baselines],
    }
    if exact is not None:
        front["exact_hypervolume"] = exact.best.hypervolume
        front["exact_front"] = [_entry(row, exact.best) for row in exact.best.front]
    if summary.rivals:
        front["rivals"] = [_entry(row, summary) for row in summary.rivals]
    if summary.claims is not None:
        front["claims"] = claims_json(summary.claims)
    if final is not None:
        front["finalists"] = final_json(final)
    texts = {
        "front.json": json.dumps(front, indent=2, allow_nan=False) + "\n",
        "trials.csv": summary.frame().to_csv(index=False),
        "report.html": _page(name, config, summary, predictor, final, exact),
    }
    if final is not None:
        texts["finalists.csv"] = training_frame(final).to_csv(index=False)
    for file_name, text in texts.items():
        write_text(run_dir / file_name, text)
    return tuple(run_dir / file_name for file_name in texts)


def _entry(row: Row, summary: Summary) -> dict[str, Any]:
    return {
        "name": row.name,
        "trial": row.trial,
        "state": row.state,
        "spec_id": row.spec_id,
        "top1": finite(row.top1),
        **_estimate(row),
        "top1_noise": finite(summary.noise_of(row)),
        "sampling_error": finite(row.sampling_error),
        "seeds": list(row.seeds),
        "latency_ms": row.latency_ms,
        "latency_interval_ms": [row.latency_low_ms, row.latency_high_ms],
        "latency_kind": row.latency_kind,
        "latency_calibrated_on": row.latency_calibrated_on,
        "latency_extrapolating": row.latency_extrapolating,
        "params": row.params,
        "macs": row.macs,
        "within_limits": row.within_limits,
        "on_front": row.on_front,
        "spec": row.network.to_dict(),
    }


def _estimate(row: Row) -> dict[str, Any]:
    """Return the entries for an estimated accuracy, none for a trained one."""
    if row.top1_kind != ESTIMATED:
        return {}
    return {
        "top1_kind": row.top1_kind,
        "top1_interval": [row.top1_low, row.top1_high],
        "top1_extrapolating": row.top1_extrapolating,
    }


def _page(
    name: str,
    config: StudyConfig,
    summary: Summary,
    predictor: LatencyPredictor,
    final: FinalSummary | None,
    exact: Exact | None,
) -> str:
    figure = study_figure(config, summary, predictor, exact)
    return _PAGE.format(
        title=html.escape(name),
        description=html.escape(config.description),
        figure=plotly.io.to_html(
            figure, include_plotlyjs=True, full_html=False, config={"displaylogo": False}
        ),
        front=_table(summary.front, summary),
        exact="" if exact is None else f"<p>{html.escape(exact.note)}.</p>",
        baselines=_table(summary.baselines, summary),
        rivals=rivals_section(readable_rows(summary.rivals, summary), summary.claims),
        finalists="" if final is None else page_section(final),
        accuracy=html.escape(accuracy_label(config)),
        noise=html.escape(summary.noise_note),
        latency=html.escape(predictor.title),
        evidence=html.escape(predictor.evidence),
        rows=_evidence_table(predictor),
        extrapolated=html.escape(EXTRAPOLATED_NOTE),
        hypervolume=f"{summary.hypervolume:.4f}",
        reference=f"{config.reference.top1:.0%} top-1, {config.reference.latency_ms:g} ms",
    )


def _evidence_table(predictor: LatencyPredictor) -> str:
    """Return the predictor's scores with those of its baselines, otherwise its rows."""
    fit = predictor.document.fit
    if isinstance(fit, Regression):
        return scores_frame(fit.scores).to_html(index=False, border=0, escape=True)
    rows = pd.DataFrame(
        {
            "network": row.network,
            f"{predictor.document.records.kind}, ms": f"{row.measured_ms:.2f}",
            "fitted, ms": f"{row.fitted_ms:.2f}",
            "predicted when left out, ms": f"{row.left_out_ms:.2f}",
            "error": f"{row.left_out_error:+.1%}",
            "source": row.source,
        }
        for row in predictor.document.rows
    )
    return rows.to_html(index=False, border=0, escape=True)


def _table(rows: Sequence[Row], summary: Summary) -> str:
    return readable_rows(rows, summary).to_html(index=False, border=0, escape=True)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff; }}
table {{ border-collapse: collapse; width: 100%; font-size: 14px; }}
th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; }}
.scroll {{ overflow-x: auto; }}
dt {{ font-weight: 600; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{description}</p>
{figure}
<h2>Pareto front</h2>
<div class="scroll">{front}</div>
{exact}
<h2>The paper's networks under the same proxy</h2>
<div class="scroll">{baselines}</div>
{rivals}
{finalists}
<h2>Definitions</h2>
<dl>
<dt>Accuracy</dt><dd>{accuracy}. It ranks networks; it is not an ImageNet accuracy.</dd>
<dt>Noise</dt><dd>{noise}.</dd>
<dt>Latency</dt><dd>{latency}; in brackets its interval. {evidence}. {extrapolated}.</dd>
<dt>Hypervolume</dt><dd>{hypervolume} (fraction × ms) from the reference point {reference}.</dd>
</dl>
<h2>Accuracy of the latency predictor</h2>
<div class="scroll">{rows}</div>
</body>
</html>
"""
