"""What an ablation leaves behind: JSON for the dashboard, Markdown, CSV, LaTeX and a page."""

import html
import math
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import plotly.io

from nasbench_mvit.ablation.document import FILE, AblationReport, ArmEntry, Effect
from nasbench_mvit.ablation.latex import latex_table
from nasbench_mvit.ablation.summary import AblationSummary
from nasbench_mvit.ablation.tables import (
    arm_frame,
    arm_rows,
    effect_frame,
    effect_rows,
    scaling_rows,
    score_frame,
)
from nasbench_mvit.ablation.words import (
    interval,
    latency_words,
    metric,
    network_title,
    notes,
    status,
    verdict,
)
from nasbench_mvit.figures.ablation import latencies_figure, scores_figure
from nasbench_mvit.figures.effects import effects_figure
from nasbench_mvit.files import atomic_write

UNIT = "points"
LEGEND = (
    "± is half a 95 % interval of the mean over seeds, their number in brackets; Δ is in points of "
    "top-1 against the reference; patches are those of each stage with a transformer; s are "
    "seconds of a training"
)


def write_report(folder: Path, summary: AblationSummary) -> None:
    """Write the files, each replaced whole or not at all."""
    _write(folder / "report.md", markdown(summary))
    _write(folder / "arms.csv", arm_frame(summary).to_csv(index=False))
    _write(folder / "scores.csv", score_frame(summary).to_csv(index=False))
    _write(folder / "report.tex", latex_table(summary, arm_rows(summary)))
    _write(folder / "report.html", page(summary))
    if summary.effects:
        _write(folder / "effects.csv", effect_frame(summary).to_csv(index=False))
        _write(folder / FILE, document(summary).model_dump_json(indent=2) + "\n")


def document(summary: AblationSummary) -> AblationReport:
    """Return what the dashboard shows; there must be effects."""
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


def markdown(summary: AblationSummary) -> str:
    """Return the whole report as Markdown."""
    parts = [f"# {summary.ablation.name}", summary.ablation.config.description, _about(summary)]
    parts += [_markdown_table(arm_rows(summary)), f"{LEGEND}."]
    if summary.effects:
        parts += [
            "## Effects",
            _markdown_table(effect_rows(summary)),
            f"Intervals: {interval(summary)}.",
        ]
    scaled = scaling_rows(summary)
    if len(scaled):
        parts += ["## The recipe at this scale", _markdown_table(scaled)]
    parts += [
        "## What this scale can and cannot show",
        "\n".join(f"- {note}" for note in notes(summary)),
    ]
    return "\n\n".join(parts) + "\n"


def _about(summary: AblationSummary) -> str:
    ablation = summary.ablation
    text = (
        f"Accuracy: {metric(summary)}. It is no ImageNet accuracy. Costs and latencies: "
        f"{latency_words(summary)}. The study is {status(summary)}."
    )
    if paper := ablation.config.paper:
        device = f", latencies on {paper.device}" if paper.device else ""
        text += (
            f" The paper's numbers: {paper.metric}, {paper.source}{device}; held fixed there: "
            f"{paper.held_fixed}."
        )
    return text


def _markdown_table(rows: pd.DataFrame) -> str:
    lines = [list(rows.columns), ["---"] * len(rows.columns), *rows.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")


def figures(summary: AblationSummary) -> list[go.Figure]:
    """Return the plots: effects, scores, latencies; those that there is data for."""
    drawn = []
    paper = summary.ablation.config.paper
    if summary.effects:
        drawn.append(
            effects_figure(
                document(summary).table(),
                "proxy top-1",
                f"the paper's {paper.metric}" if paper else "the paper",
                UNIT,
            )
        )
    scores = score_frame(summary)
    if len(scores):
        drawn.append(scores_figure(scores, "proxy top-1"))
    device = f" ({paper.device})" if paper and paper.device else ""
    drawn.append(
        latencies_figure(
            arm_frame(summary),
            f"{summary.rows[0].latency.kind}, {network_title(summary.ablation.full_size)}",
            f"the paper's{device}",
        )
    )
    return drawn


def page(summary: AblationSummary) -> str:
    """Return the report as a page of its own."""
    plots = [
        plotly.io.to_html(
            figure,
            include_plotlyjs=number == 0,
            full_html=False,
            config={"displaylogo": False},
        )
        for number, figure in enumerate(figures(summary))
    ]
    sections = [f'<div class="scroll">{_html_table(arm_rows(summary))}</div>', _p(f"{LEGEND}.")]
    if summary.effects:
        sections += [
            "<h2>Effects</h2>",
            f'<div class="scroll">{_html_table(effect_rows(summary))}</div>',
            _p(f"Intervals: {interval(summary)}."),
        ]
    sections += plots
    scaled = scaling_rows(summary)
    if len(scaled):
        sections += [
            "<h2>The recipe at this scale</h2>",
            f'<div class="scroll">{_html_table(scaled)}</div>',
        ]
    listed = "".join(f"<li>{html.escape(note)}</li>" for note in notes(summary))
    return _PAGE.format(
        title=html.escape(summary.ablation.name),
        description=html.escape(summary.ablation.config.description),
        about=html.escape(_about(summary)),
        sections="\n".join(sections),
        notes=listed,
    )


def _p(text: str) -> str:
    return f"<p>{html.escape(text[0].upper() + text[1:])}</p>"


def _html_table(rows: pd.DataFrame) -> str:
    return rows.to_html(index=False, border=0, escape=True)


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(text.encode())


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff; }}
table {{ border-collapse: collapse; width: 100%; font-size: 14px; }}
th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; }}
.scroll {{ overflow-x: auto; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{description}</p>
<p>{about}</p>
{sections}
<h2>What this scale can and cannot show</h2>
<ul>{notes}</ul>
</body>
</html>
"""
