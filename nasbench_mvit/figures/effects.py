"""Effects of an ablation with their intervals, beside the paper's."""

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.columns import GREY, plain
from nasbench_mvit.figures.intervals import interval_figure


def effects_figure(effects: pd.DataFrame, label: str, paper_label: str, unit: str) -> go.Figure:
    """Draw each effect with its interval, and the paper's where it has one.

    Args:
        effects: with the columns factor, setting, reference, effect, low, high and paper_effect.
        label: what the effects are about.
        paper_label: what the paper's are.
        unit: of both.
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
