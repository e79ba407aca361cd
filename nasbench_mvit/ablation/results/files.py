"""What an ablation leaves behind: JSON for the dashboard, Markdown, CSV, LaTeX and a page."""

import math
from pathlib import Path

from nasbench_mvit.ablation.results.document import FILE, AblationReport, ArmEntry, Effect
from nasbench_mvit.ablation.results.latex import latex_table
from nasbench_mvit.ablation.results.page import page
from nasbench_mvit.ablation.results.sentences import (
    UNIT,
    interval,
    latency_words,
    metric,
    notes,
    status,
    verdict,
)
from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.ablation.results.tables import arm_frame, effect_frame, score_frame
from nasbench_mvit.ablation.results.text import ReportText, report_text
from nasbench_mvit.io.markdown import frame_table
from nasbench_mvit.io.text_files import write_text


def write_report(folder: Path, summary: AblationSummary) -> ReportText:
    """Write the files, each replaced whole or not at all; return the parts of the report."""
    text = report_text(summary)
    write_text(folder / "report.md", markdown(text))
    write_text(folder / "arms.csv", arm_frame(summary).to_csv(index=False))
    write_text(folder / "scores.csv", score_frame(summary).to_csv(index=False))
    write_text(folder / "report.tex", latex_table(summary, text.arms))
    write_text(folder / "report.html", page(summary, text))
    if summary.effects:
        write_text(folder / "effects.csv", effect_frame(summary).to_csv(index=False))
        write_text(folder / FILE, document(summary).model_dump_json(indent=2) + "\n")
    return text


def document(summary: AblationSummary) -> AblationReport:
    """Return the report that the dashboard shows; the summary must have effects."""
    paper = summary.ablation.config.paper
    return AblationReport(
        schema_version=1,
        title=f"{summary.ablation.name}: {summary.ablation.config.description}",
        metric=metric(summary),
        unit=UNIT,
        interval=interval(summary),
        paper_metric=paper.metric if paper else "nothing: the paper has no such ablation",
        effects=[
            Effect(
                factor=row.contrast.factor,
                setting=row.contrast.setting,
                reference=row.contrast.reference,
                effect=row.effect.estimate,
                low=row.effect.low,
                high=row.effect.high,
                seeds=len(summary.seeds),
                paper_effect=row.paper,
                paper_source=paper.source if paper and row.paper is not None else "",
                p=row.effect.p,
                verdict=verdict(row),
            )
            for row in summary.effects
        ],
        latency=latency_words(summary),
        arms=_arms(summary),
        notes=[f"The study is {status(summary)}.", *notes(summary)],
    )


def _arms(summary: AblationSummary) -> list[ArmEntry]:
    return [
        ArmEntry(
            arm=row.arm.name,
            top1=_finite(row.top1),
            top1_interval=_finite(row.half_width),
            seeds=len(row.scores),
            delta=_finite(row.delta),
            paper_top1=row.arm.paper.top1 if row.arm.paper else None,
            paper_delta=row.paper_delta,
            params=row.params,
            macs=row.macs,
            latency_ms=row.latency.ms,
            latency_low_ms=row.latency.low,
            latency_high_ms=row.latency.high,
            paper_latency_ms=row.arm.paper.latency_ms if row.arm.paper else None,
            patches=", ".join(map(str, row.patches.values())),
            seconds=_finite(row.seconds),
            note=row.failure,
        )
        for row in summary.rows
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def markdown(text: ReportText) -> str:
    """Return the whole report as Markdown."""
    parts = [f"# {text.name}", text.description, text.about, frame_table(text.arms), text.legend]
    if len(text.effects):
        parts += ["## Effects", frame_table(text.effects), f"Intervals: {text.interval}."]
    if len(text.recipe):
        parts += ["## The recipe at this scale", frame_table(text.recipe)]
    parts += [
        "## What this scale can and cannot show",
        "\n".join(f"- {note}" for note in text.notes),
    ]
    return "\n\n".join(parts) + "\n"
