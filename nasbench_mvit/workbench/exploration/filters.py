"""Which networks are shown: filters over the columns of a table, and the front of what is left."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from nasbench_mvit.analysis.pareto import FrontRule, front_costs, pareto_front
from nasbench_mvit.architecture.fields import FIELDS
from nasbench_mvit.figures.columns import is_numeric, quantity, text_values
from nasbench_mvit.search.trials.record import Role, State
from nasbench_mvit.workbench.studies.notes import TAGS, split_tags

NUMBERS = ("latency_ms", "peak_activation_mb", "top1", "params", "macs", "seconds")
KINDS = ("state", "role", "latency_extrapolating", "within_limits")


@dataclass(frozen=True)
class Between:
    """Keeps networks whose ``column``, in its shown unit, lies from ``low`` to ``high``."""

    column: str
    low: float
    high: float

    def mask(self, table: pd.DataFrame) -> pd.Series:
        """Return the mask of the rows to keep; those without a value are left out."""
        values = pd.to_numeric(table[self.column]) * quantity(self.column).scale
        return values.between(self.low, self.high)


@dataclass(frozen=True)
class OneOf:
    """Keeps networks whose ``column`` is one of ``values``, as text."""

    column: str
    values: tuple[str, ...]

    def mask(self, table: pd.DataFrame) -> pd.Series:
        """Return the mask of the rows to keep."""
        return text_values(table[self.column]).isin(self.values)


@dataclass(frozen=True)
class Tagged:
    """Keeps networks that have one of ``tags``."""

    tags: tuple[str, ...]

    def mask(self, table: pd.DataFrame) -> pd.Series:
        """Return the mask of the rows to keep."""
        wanted = set(self.tags)
        return table[TAGS].map(lambda text: not wanted.isdisjoint(split_tags(text)))


Filter = Between | OneOf | Tagged


def varying_fields(table: pd.DataFrame) -> list[str]:
    """Return the fields in which the networks differ, in the order of the architecture."""
    table = table[table.role != Role.RIVAL]  # which have none of them
    return [name for name in FIELDS if name in table and text_values(table[name]).nunique() > 1]


def tags_of(table: pd.DataFrame) -> list[str]:
    """Return the tags of the networks."""
    return sorted({tag for text in table[TAGS].unique() for tag in split_tags(text)})


def filterable(table: pd.DataFrame) -> list[str]:
    """Return the columns worth a filter."""
    fixed = [name for name in (*NUMBERS, *KINDS) if table[name].nunique() > 1]
    tags = [TAGS] if TAGS in table and table[TAGS].any() else []
    return [*fixed, *tags, *varying_fields(table)]


def is_range(table: pd.DataFrame, column: str) -> bool:
    """Return whether a column is filtered by a range rather than by its values."""
    return column in NUMBERS and is_numeric(table[column])


def filtered(table: pd.DataFrame, filters: Iterable[Filter], rule: FrontRule) -> pd.DataFrame:
    """Return the rows that pass all filters, with ``on_front`` among them alone by a rule."""
    filters = list(filters)
    if not filters:
        return table
    for one in filters:
        table = table[one.mask(table)]
    ends = (table.latency_ms, table.latency_low_ms, table.latency_high_ms, table.peak_activation_mb)
    top1 = table.top1.where(eligible(table))
    return table.assign(on_front=pareto_front(top1, *front_costs(rule, *ends)))


def eligible(table: pd.DataFrame) -> pd.Series:
    """Return the mask of the rows that may be on a front: complete, within limits, no rivals."""
    is_answer = (table.state == State.COMPLETE) & table.duplicate_of.isna()
    return is_answer & table.within_limits & (table.role != Role.RIVAL)
