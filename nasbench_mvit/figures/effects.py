"""Effects of an ablation with their intervals, beside the paper's."""

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.columns import BLUE, GREEN, GREY, plain

ROW_PX = 34


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
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=effects.effect,
            y=names,
            mode="markers",
            name=plain(label),
            marker={"color": BLUE, "size": 10},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": effects.high - effects.effect,
                "arrayminus": effects.effect - effects.low,
            },
        )
    )
    figure.add_trace(
        go.Scatter(
            x=effects.paper_effect,
            y=names,
            mode="markers",
            name=plain(paper_label),
            marker={"color": GREEN, "size": 10, "symbol": "square"},
        )
    )
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    figure.update_xaxes(title_text=f"difference, {plain(unit)}")
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_layout(
        template="plotly_white",
        height=140 + ROW_PX * len(names),
        margin={"l": 10, "r": 10, "t": 50, "b": 50},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )
    return figure
