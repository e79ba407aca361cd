"""The hypervolume of a search over trials or time."""

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.columns import CATEGORIES, GREY, plain
from nasbench_mvit.figures.layout import laid_out

AXES = {"trials": "trials ended", "minutes": "time since the start, min"}


def hypervolume_figure(
    curves: pd.DataFrame, against: str, baselines: float, unit: str = "ms"
) -> go.Figure:
    """Draw hypervolume over trials or over time.

    Args:
        curves: a table with the columns study, trials, minutes and hypervolume (fraction × unit).
        against: the horizontal axis, "trials" or "minutes".
        baselines: hypervolume of the published networks alone, drawn as a line.
        unit: unit of the cost.
    """
    figure = go.Figure()
    for index, (study, curve) in enumerate(curves.groupby("study", sort=False)):
        figure.add_trace(
            go.Scatter(
                x=curve[against],
                y=curve.hypervolume,
                mode="lines",
                name=plain(study),
                line={"color": CATEGORIES[index % len(CATEGORIES)], "shape": "hv"},
                hovertemplate=f"%{{y:.4f}} fraction × {unit} at %{{x:.1f}}<extra></extra>",
            )
        )
    figure.add_hline(
        y=baselines,
        line={"dash": "dot", "color": GREY},
        annotation_text="the published networks alone",
        annotation_position="bottom right",
    )
    figure.update_xaxes(title_text=AXES[against])
    figure.update_yaxes(title_text=f"hypervolume, fraction × {unit}", rangemode="tozero")
    return laid_out(figure, 320, legend=curves.study.nunique() > 1)
