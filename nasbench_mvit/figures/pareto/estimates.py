"""Estimates of ImageNet top-1 as points beside the published ones."""

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.figures.pareto.points import A_SCORE, IN_DOMAIN

TOP1 = "estimated_imagenet_top1"


def as_estimates(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the networks with an estimate, as their top-1 and, of half its interval, its error."""
    if TOP1 not in trials:
        return trials.iloc[:0]
    known = trials[trials[TOP1].notna()]
    return known.assign(
        top1=known[TOP1],
        top1_error=(known[f"{TOP1}_high"] - known[f"{TOP1}_low"]) / 2,
        **{IN_DOMAIN: known[f"{TOP1}_in_domain"].astype(bool)},
    )


def labelled(trace: go.Scatter) -> go.Scatter:
    """Return a trace of estimates that says so, shown and hidden with that of the scores."""
    if trace.hovertemplate:
        trace.hovertemplate = trace.hovertemplate.replace(A_SCORE, "estimated ImageNet top-1")
    return trace.update(legendgroup=trace.name, showlegend=False)
