"""An ablation as a page of its own, with plots."""

import html

import pandas as pd
import plotly.graph_objects as go
import plotly.io

from nasbench_mvit.ablation.results.sentences import (
    LEGEND,
    UNIT,
    about,
    interval,
    network_title,
    notes,
)
from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.ablation.results.tables import (
    arm_frame,
    arm_rows,
    effect_frame,
    effect_rows,
    scaling_rows,
    score_frame,
)
from nasbench_mvit.figures.ablation import latencies_figure, scores_figure
from nasbench_mvit.figures.effects import effects_figure


def figures(summary: AblationSummary) -> list[go.Figure]:
    """Return the plots: effects, scores, latencies; those that there is data for."""
    drawn = []
    paper = summary.ablation.config.paper
    if summary.effects:
        drawn.append(
            effects_figure(
                effect_frame(summary),
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
        about=html.escape(about(summary)),
        sections="\n".join(sections),
        notes=listed,
    )


def _p(text: str) -> str:
    return f"<p>{html.escape(text[0].upper() + text[1:])}</p>"


def _html_table(rows: pd.DataFrame) -> str:
    return rows.to_html(index=False, border=0, escape=True)


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
