"""The figure of an ablation's effects with their intervals and the paper's effects."""

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.ablation.intervals import interval_figure
from nasbench_mvit.figures.columns import GREY, plain


def effects_figure(effects: pd.DataFrame, label: str, paper_label: str, unit: str) -> go.Figure:
    """Draw each effect with its interval, and the paper's if it has one.

    Args:
        effects: a table with the columns factor, setting, reference, effect, low, high and
            paper_effect.
        label: description of the effects.
        paper_label: description of the paper's effects.
        unit: unit of both.
    """
    names = [
        f"{plain(row.factor)}: {plain(row.reference)} → {plain(row.setting)}"
        for row in effects.itertuples()
    ]
    values = effects.rename(columns={"effect": "value"})[["value", "low", "high"]]
    figure = interval_figure(names, values, effects.paper_effect, label, paper_label)
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    figure.update_xaxes(title_text=f"difference, {plain(unit)}")
    return figure
