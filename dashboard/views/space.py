"""The space as the search saw it: which parameters matter, what was tried."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from chosen import filters_of, noted_trials, one_study, shown
from picked import links, pick, picked
from show import caption, draw, folded, heading, info

from nasbench_mvit.figures.columns import quantity, scaled
from nasbench_mvit.figures.pareto.look import ParetoLook
from nasbench_mvit.figures.space import (
    Coordinate,
    coordinates_figure,
    coverage_figure,
    importance_figure,
    marginal_figure,
)
from nasbench_mvit.workbench.exploration import parameters as space
from nasbench_mvit.workbench.exploration.filters import varying_fields
from nasbench_mvit.workbench.exploration.front import front_figure
from nasbench_mvit.workbench.studies.study import Study

RESULTS = ("top1", "latency_ms")
AXES_SHOWN = 7


def page() -> None:
    key, study = one_study()
    rows = shown(study, filters_of(noted_trials(study), study.summary.score))
    pairs = picked({key: rows})
    links(pairs, {key: rows}, study.summary.score)
    chosen = {trial for _, trial in pairs}
    figure = front_figure({key: study}, {key: rows}, ParetoLook(picked=frozenset(pairs)))
    figure.update_layout(height=560)
    draw(figure, "front", alt="Accuracy against latency", on_select=lambda: pick("front"))
    trained = space.trained_networks(rows)
    fields = varying_fields(trained)
    if len(trained) < 2 or not fields:
        info("Too few networks are trained yet to compare their parameters.")
        return
    heading("Parallel coordinates")
    caption(
        "Only what varies. The filters at the side narrow both figures; a box or a lasso above "
        "highlights its networks here."
    )
    found = importances(trained, identity(study, trained))
    axes = st.multiselect(
        "Axes", fields, default=most_important(found, fields), key="axes", bind="query-params"
    )
    figure = coordinates(trained, axes, chosen, study.summary.score)
    draw(figure, "coordinates", alt="The parameters of each network as a line")
    what_matters(trained, found, study.summary.score)
    what_was_tried(study)


def coordinates(
    trained: pd.DataFrame, fields: list[str], chosen: set[int], score: str
) -> go.Figure:
    """Return the parallel coordinates of the trained networks."""
    offsets = space.spread(trained)
    axes = []
    for name in fields:
        places, ticks = space.positions(trained, name)
        axes.append(Coordinate(name, places + offsets, ticks))
    axes += [
        Coordinate(quantity(name, score).label, scaled(trained[name], name)) for name in RESULTS
    ]
    return coordinates_figure(axes, trained.top1, trained.trial.isin(chosen), score)


def what_matters(trained: pd.DataFrame, found: pd.DataFrame, score: str) -> None:
    """Show importances, and what the values of one parameter come with."""
    heading("Which parameters matter")
    draw(importance_figure(found, score), "importance", alt="Variance explained by each parameter")
    caption(
        "Share of the variance that a parameter explains by itself (ε², which counts off chance), "
        f"with {space.SURE:.0%} jackknife intervals, among those of the {len(trained):,} trained "
        "networks shown that have it; in brackets, how many. The search chose these networks: "
        "parameters it moved together share what they explain."
    )
    folded(found, "importance")
    by_accuracy = list(found[found.result == "top1"].field[::-1])
    name = st.selectbox("Effect of", by_accuracy, key="effect", bind="query-params")
    rows = space.marginal(trained, str(name))
    _, order = space.positions(trained, str(name))
    draw(marginal_figure(rows, order, space.spread(rows), str(name), score), "marginal",
         alt="Accuracy and latency of the networks with each value")  # fmt: skip
    caption("Diamonds: mean and standard deviation of the networks with that value.")


def identity(study: Study, trained: pd.DataFrame) -> tuple[str, str, int]:
    """Return a key that is equal for equal sets of trained networks."""
    numbers = int(pd.util.hash_pandas_object(trained.trial).sum())
    return study.place, str(study.reading.state), numbers


def most_important(found: pd.DataFrame, fields: list[str]) -> list[str]:
    """Return the fields that explain most of the accuracy, in the order of the architecture."""
    best = set(found[found.result == "top1"].field.tail(AXES_SHOWN))
    return [name for name in fields if name in best]


@st.cache_data(max_entries=8, show_spinner=False)
def importances(_trained: pd.DataFrame, key: tuple[str, str, int]) -> pd.DataFrame:
    del key  # stands for the table, which is large
    return space.importances(_trained)


def what_was_tried(study: Study) -> None:
    """Show how often each choice was tried."""
    heading("What was visited")
    found = space.coverage(study)
    if found.problem:
        info(found.problem)
        return
    caption(f"{found.visited:,} of {found.size:,} networks "
               f"({found.visited / found.size:.2g} of the space); below, how often each choice "
               "was tried. A rim marks what never was.")  # fmt: skip
    draw(coverage_figure(found.choices), "coverage", alt="How often each choice was tried")
    folded(found.choices, "coverage")


page()
