"""What was visited of a search space, and what its parameters come with."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasbench_mvit.analysis.effects import LEVEL, importance
from nasbench_mvit.architecture.fields import FIELDS
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import SpaceError
from nasbench_mvit.figures.columns import ABSENT, in_order, text_values, value_text
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.workbench.exploration.filters import varying_fields
from nasbench_mvit.workbench.studies.study import Study

RESULTS = ("top1", "latency_ms")
SURE = LEVEL  # of the intervals of importances


def trained_networks(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose parameters say something of a result: trained, each once, no rivals."""
    return table[table.top1.notna() & table.duplicate_of.isna() & (table.role != Role.RIVAL)]


def importances(table: pd.DataFrame) -> pd.DataFrame:
    """Return for each varying field how much it explains of accuracy and of latency.

    A field that only some networks have, such as those of a block, is compared among these.

    Returns:
        A table with the columns field, result ("top1" or "latency_ms"), share, low, high and
        networks, the most important for accuracy last.
    """
    trained = trained_networks(table)
    rows = []
    for name in varying_fields(trained):
        texts = text_values(trained[name])
        texts = texts[texts != ABSENT]
        codes = texts.astype("category").cat.codes
        for result in RESULTS:
            found = importance(codes, trained.loc[texts.index, result])
            rows.append([name, result, found.share, found.low, found.high, len(texts)])
    columns = ["field", "result", "share", "low", "high", "networks"]
    frame = pd.DataFrame(rows, columns=columns).dropna(subset=["share"])
    order = frame[frame.result == "top1"].set_index("field").share
    return frame.assign(order=frame.field.map(order).fillna(0)).sort_values(
        ["result", "order"], ignore_index=True
    )[columns]


def marginal(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return each network's value of a field next to its results."""
    known = trained_networks(table)
    return pd.DataFrame(
        {
            "value": text_values(known[name]),
            "top1": known.top1,
            "latency_ms": known.latency_ms,
            "trial": known.trial,
        }
    )


@dataclass(frozen=True)
class Coverage:
    """The part of a space that a search has visited.

    Attributes:
        choices: with the columns field, value and networks (how many of the search have it).
        size: networks in the space.
        visited: distinct networks of the search, rejected ones included.
        problem: why it is not known, empty if it is.
    """

    choices: pd.DataFrame
    size: int
    visited: int
    problem: str = ""


def coverage(study: Study) -> Coverage:
    """Return the number of trials of each choice of the study's space."""
    searched = study.timed_trials[
        (study.timed_trials.role == Role.SEARCH) & study.timed_trials.duplicate_of.isna()
    ]
    visited = searched.spec_id.nunique()
    try:
        space = SearchSpace.load(study.config.space)
    except SpaceError as error:
        return Coverage(pd.DataFrame(), 0, visited, str(error))
    rows = []
    for axis in sorted(space.varying(), key=lambda axis: FIELDS.index(axis.name)):
        values = searched.get(axis.name, pd.Series(dtype=object))
        tried = text_values(values).value_counts()
        texts = [value_text(choice, axis.name) for choice in axis.choices]
        rows += [[axis.name, text, int(tried.get(text, 0))] for text in texts]
    choices = pd.DataFrame(rows, columns=["field", "value", "networks"])
    return Coverage(choices, space.size, visited)


def positions(table: pd.DataFrame, name: str) -> tuple[pd.Series, list[str]]:
    """Return the values of a field as positions on an axis, and the text at each position."""
    texts = text_values(table[name])
    labels = in_order(texts.unique())
    places = {text: place for place, text in enumerate(labels)}
    return texts.map(places).astype(float), labels


def spread(table: pd.DataFrame) -> "pd.Series[float]":
    """Return a small fixed offset for each row, so that equal values do not hide each other."""
    rng = np.random.default_rng(0)
    return pd.Series(rng.uniform(-0.12, 0.12, len(table)), index=table.index)
