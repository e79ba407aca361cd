"""What an ablation leaves behind: JSON for the dashboard, Markdown, CSV, LaTeX and a page."""

from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

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
)
from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.ablation.results.tables import arm_frame, effect_frame, score_frame
from nasbench_mvit.ablation.results.text import ReportText, report_text
from nasbench_mvit.io.json_text import json_text
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
        write_text(folder / FILE, json_text(document(summary), indent=2) + "\n")
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
                **fields,
                seeds=len(summary.seeds),
                paper_source=paper.source if paper and fields["paper_effect"] is not None else "",
            )
            for fields in _known(effect_frame(summary), Effect)
        ],
        latency=latency_words(summary),
        arms=[
            ArmEntry(**fields, patches=", ".join(map(str, row.patches.values())), note=row.failure)
            for fields, row in zip(_known(arm_frame(summary), ArmEntry), summary.rows, strict=True)
        ],
        notes=[f"The study is {status(summary)}.", *notes(summary)],
    )


def _known(frame: pd.DataFrame, model: type[BaseModel]) -> list[dict[str, Any]]:
    """Return of each row the columns that are fields of a model, NaN as None."""
    columns = frame.filter(items=list(model.model_fields)).astype(object)
    rows = columns.where(columns.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


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
