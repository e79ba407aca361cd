"""``report.html``: the front, what to take from it, the tables, and what each number rests on."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from nasbench_mvit.architecture.published_tasks import BENCHMARKS
from nasbench_mvit.errors import counted
from nasbench_mvit.figures import page as html
from nasbench_mvit.io.cells import ABSENT
from nasbench_mvit.latency.fitting.report import left_out_frame, scores_frame
from nasbench_mvit.latency.predictor.document_fits import Regression
from nasbench_mvit.latency.predictor.envelope import Envelope
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.finalists.report import page_section
from nasbench_mvit.search.finalists.summary import FinalSummary
from nasbench_mvit.search.reports.rivals import rivals_section
from nasbench_mvit.search.reports.text import (
    accuracy_label,
    drawn_note,
    extrapolated_note,
    imagenet_note,
    prior_note,
    readable_rows,
    reference_note,
    rule_note,
    study_figure,
)
from nasbench_mvit.search.results.cautions import cautions
from nasbench_mvit.search.results.exact_front import Exact
from nasbench_mvit.search.results.gains import GAINS_NOTE, gains_frame
from nasbench_mvit.search.results.next_steps import next_step
from nasbench_mvit.search.results.recommendation import recommendation, recommended
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.study.config import StudyConfig


def report_page(  # noqa: PLR0913 - four are keyword-only
    run_dir: Path,
    name: str,
    config: StudyConfig,
    summary: Summary,
    predictor: LatencyPredictor,
    *,
    final: FinalSummary | None,
    exact: Exact | None,
    written: datetime,
    stored_as: str | None,
) -> str:
    """Return the page; the arguments are those of ``write_report``."""
    folder = run_dir.resolve().name
    said = recommendation(summary, config, final, predictor)
    why, command = next_step(
        config,
        run_dir,
        is_done=summary.is_done(config.trials),
        best=None if (best := recommended(summary, config)) is None else best.trial,
        has_final=final is not None,
        stored_as=stored_as,
    )
    warned = cautions(summary, predictor)
    parts = [
        html.paragraph(config.description),
        html.paragraph(f"{counts(summary)}. Written {written:%d %B %Y, %H:%M %Z}"),
        html.lead(said),
        *([html.items(f"{text}." for text in warned)] if warned else []),
        html.figure(
            study_figure(config, summary, predictor, exact), "Accuracy against latency, the front"
        ),
        *([html.paragraph(note)] if (note := drawn_note(summary)) else []),
        html.heading("What to do next"),
        html.paragraph(f"{why}:"),
        html.command(command),
        html.heading("Pareto front"),
        html.table(readable_rows(summary.front, summary)),
        *([] if exact is None else [html.paragraph(exact.note)]),
        html.heading("The published networks under the same proxy"),
        html.table(readable_rows(summary.baselines, summary)),
        html.heading("What the front gains over them"),
        html.table(gains_frame(summary, summary.front, predictor).astype(object).fillna(ABSENT)),
        html.paragraph(GAINS_NOTE),
        rivals_section(readable_rows(summary.rivals, summary), summary.claims),
        "" if final is None else page_section(final),
        html.heading("Definitions"),
        html.definitions(_definitions(config, summary, predictor)),
        html.heading("Accuracy of the latency predictor"),
        html.table(_evidence_rows(predictor)),
    ]
    return html.page(name if folder == name else f"{folder}: {name}", parts)


def counts(summary: Summary) -> str:
    """Return how many trials there are, and how they ended."""
    states = ", ".join(f"{count:,} {state}" for state, count in summary.counts.items())
    return f"{counted(len(summary.rows), 'trial')}" + (f": {states}" if states else "")


def _definitions(
    config: StudyConfig, summary: Summary, predictor: LatencyPredictor
) -> dict[str, str]:
    return {
        "Accuracy": f"{accuracy_label(config)}. It ranks networks; it is no "
        f"{BENCHMARKS[config.proxy.task].metric}",
        **({"Estimated ImageNet top-1": note} if (note := imagenet_note(summary)) else {}),
        "Noise": summary.noise_note,
        **({"Prior": note} if (note := prior_note(config)) else {}),
        "Front": rule_note(summary),
        "Latency": f"{predictor.title}; in brackets its interval. {predictor.evidence}. "
        f"{extrapolated_note(summary)}".rstrip(),
        "Hypervolume": f"{summary.hypervolume:.4f} (fraction × {config.rule.unit}) from "
        f"{reference_note(summary)}",
    }


def _evidence_rows(predictor: LatencyPredictor) -> pd.DataFrame:
    """Return the predictor's scores with those of its baselines, otherwise its rows."""
    fit = predictor.document.fit
    if isinstance(fit, Regression):
        return scores_frame(fit.scores)
    if isinstance(fit, Envelope):
        return left_out_frame(fit)
    return pd.DataFrame(
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
