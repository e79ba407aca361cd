"""An ablation as a page of its own, with plots."""

import plotly.graph_objects as go

from nasbench_mvit.ablation.results.sentences import UNIT, network_title
from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.ablation.results.tables import arm_frame, effect_frame, score_frame
from nasbench_mvit.ablation.results.text import ReportText
from nasbench_mvit.figures import page as html
from nasbench_mvit.figures.ablation.arms import latencies_figure, scores_figure
from nasbench_mvit.figures.ablation.effects import effects_figure


def figures(summary: AblationSummary) -> dict[str, go.Figure]:
    """Return the plots that there is data for by what they show: effects, scores, latencies."""
    drawn = {}
    paper = summary.ablation.config.paper
    if summary.effects:
        drawn["effects with intervals, beside the paper's"] = effects_figure(
            effect_frame(summary),
            f"proxy {summary.metric}",
            f"the paper's {paper.metric}" if paper else "the paper",
            UNIT,
        )
    scores = score_frame(summary)
    if len(scores):
        drawn["the score of each seed"] = scores_figure(scores, f"proxy {summary.metric}")
    device = f" ({paper.device})" if paper and paper.device else ""
    drawn["latencies of the arms"] = latencies_figure(
        arm_frame(summary),
        f"{summary.rows[0].latency.kind}, {network_title(summary.ablation.full_size)}",
        f"the paper's{device}",
    )
    return drawn


def page(summary: AblationSummary, text: ReportText) -> str:
    """Return the report as a page of its own."""
    parts = [
        html.paragraph(text.description),
        html.paragraph(text.about),
        html.table(text.arms),
        html.paragraph(text.legend),
    ]
    if len(text.effects):
        parts += [
            html.heading("Effects"),
            html.table(text.effects),
            html.paragraph(f"Intervals: {text.interval}"),
        ]
    parts += [html.figure(figure, alt) for alt, figure in figures(summary).items()]
    if len(text.recipe):
        parts += [html.heading("The recipe at this scale"), html.table(text.recipe)]
    parts += [html.heading("What this scale can and cannot show"), html.items(text.notes)]
    return html.page(text.name, parts)
