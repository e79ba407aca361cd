"""Learning curves, one for each seed."""

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.columns import CATEGORIES, PERCENT, plain, quantity
from nasbench_mvit.figures.layout import laid_out


def curves_figure(curves: pd.DataFrame, score: str) -> go.Figure:
    """Draw the score over the steps of a training.

    Args:
        curves: a table with the columns seed, step, top1 (fraction), num_images, train_loss and
            seconds, and ``trial`` or ``network`` where it holds several; the seeds of a network
            have its colour and its line of the legend. All but the last point of a finished
            training are scored on few images, which the marker sizes show.
        score: its name, like "proxy top-1".
    """
    figure = go.Figure()
    keys = [name for name in ("network", "trial", "seed") if name in curves]
    curves = curves.reset_index(drop=True)
    colored = ["network"] if "network" in curves else keys
    colors = curves.groupby(colored, sort=False).ngroup() % len(CATEGORIES)
    in_legend = set()
    for values, curve in curves.groupby(keys, sort="network" not in curves):
        is_last = curve.step == curve.step.max()
        name = ", ".join(map(_named, keys, values))
        group = plain(values[0]) if "network" in curves else name
        figure.add_trace(
            go.Scatter(
                x=curve.step,
                y=curve.top1 * PERCENT,
                mode="lines+markers",
                name=group,
                meta=name,
                legendgroup=group,
                showlegend=group not in in_legend,
                line={"color": CATEGORIES[colors[curve.index[0]]]},
                marker={"size": is_last.map({True: 11, False: 5})},
                customdata=curve[["num_images", "train_loss", "seconds"]],
                hovertemplate="step %{x}: %{y:.1f} % on %{customdata[0]:,} images<br>"
                "loss %{customdata[1]:.3f}, %{customdata[2]:.0f} s<extra>%{meta}</extra>",
            )
        )
        in_legend.add(group)
    figure.update_xaxes(title_text="training step")
    figure.update_yaxes(title_text=quantity("top1", score).label, rangemode="tozero")
    return laid_out(figure, 340)


def _named(key: str, value: object) -> str:
    return plain(value) if key == "network" else f"{key} {value}"
