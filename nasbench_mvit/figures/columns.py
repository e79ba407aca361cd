"""Titles, units and colours of the columns of a table of trials.

The colours are Okabe & Ito's, which are distinct for every kind of colour vision, on white and on
black; numbers are coloured by Cividis, designed for the same purpose.
"""

import html
import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from nasbench_mvit.architecture.block import FUSION_NAMES

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8A8A8A"
SKY, AMBER, PINK = "#56B4E9", "#E69F00", "#CC79A7"
CATEGORIES = (BLUE, ORANGE, GREEN, PINK, SKY, AMBER)
INK = "#262730"  # text on pale fills, the same in every theme
PALE_BLUE, PALE_ORANGE, PALE_GREY = "#CFE3F0", "#F6DCCB", "#E3E3E3"
# Without the two darkest of its ten steps, which are hardly visible on black.
SCALE = ["#3B496C", "#575D6D", "#707173", "#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#FEE838"]
PERCENT = 100.0
ABSENT = "–"
SCORE = "score"  # where studies have several, or none is known
MANY_VALUES = len(CATEGORIES)
FUSION = ".fusion"  # the end of the field's name


@dataclass(frozen=True)
class Quantity:
    """The display of a column: ``value * scale`` in ``unit``, empty for counts and names."""

    title: str
    unit: str = ""
    scale: float = 1.0

    @property
    def label(self) -> str:
        """Title and unit, for an axis or a heading."""
        return f"{self.title}, {self.unit}" if self.unit else self.title


QUANTITIES = {
    "trial": Quantity("trial"),
    "top1_low": Quantity("estimated score, lower end", "%", PERCENT),
    "top1_high": Quantity("estimated score, upper end", "%", PERCENT),
    "top1_error": Quantity("error of the estimated score", "points", PERCENT),
    "estimated_imagenet_top1": Quantity("estimated ImageNet top-1", "%", PERCENT),
    "estimated_imagenet_top1_low": Quantity("estimated ImageNet top-1, lower end", "%", PERCENT),
    "estimated_imagenet_top1_high": Quantity("estimated ImageNet top-1, upper end", "%", PERCENT),
    "sampling_error": Quantity("sampling error of the score", "points", PERCENT),
    "latency_ms": Quantity("latency", "ms"),
    "latency_low_ms": Quantity("latency, lower end", "ms"),
    "latency_high_ms": Quantity("latency, upper end", "ms"),
    "params": Quantity("parameters", "M", 1e-6),
    "peak_activation_mb": Quantity("estimated peak memory", "MB"),
    "macs": Quantity("MACs", "M", 1e-6),
    "seconds": Quantity("training time", "s"),
    "resolution": Quantity("resolution", "px"),
    "minutes": Quantity("time since the start", "min"),
}


def quantity(column: str, score: str = SCORE) -> Quantity:
    """Return the display of ``column``; a field of a network is a count under its own name.

    Args:
        column: its name in a table of trials.
        score: what networks are scored by, like "proxy mAP50", the title of ``top1``.
    """
    if column == "top1":
        return Quantity(score, "%", PERCENT)
    return QUANTITIES.get(column, Quantity(plain(column.replace("_", " "))))


def scaled(values: pd.Series, column: str) -> pd.Series:
    """Return ``values`` in the unit of ``column``."""
    scale = quantity(column).scale
    return values * scale if scale != 1 else values


def is_numeric(values: pd.Series) -> bool:
    """Return whether a column is drawn on a scale rather than by categories."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def plain(text: object) -> str:
    """Escape ``text`` for a figure, since plotly interprets tags."""
    return html.escape(str(text), quote=False)


def short(name: str) -> str:
    """Return the name of a network as figures show it next to a point: "XXS", "v2-1.0"."""
    return name.removeprefix("MobileViT-").removeprefix("MobileViT")


def value_text(value: object, field: str = "") -> str:
    """Return the value of a network's field as text, "–" for a missing field.

    A fusion, of which two of three kinds are stored as booleans, has its name.
    """
    if field.endswith(FUSION):
        value = FUSION_NAMES.get(value, value)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ABSENT
    if isinstance(value, tuple):
        return "×".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def text_values(values: pd.Series) -> pd.Series:
    """Return the categories of a column as text."""
    known = {value: value_text(value, str(values.name)) for value in values.unique()}
    return values.map(known).fillna(ABSENT)


def in_order(texts: Iterable[str]) -> list[str]:
    """Sort texts numerically where they are numbers, otherwise alphabetically."""
    return sorted(texts, key=_by_number)


def _by_number(text: str) -> tuple[float, str]:
    try:
        return (float(text), "")
    except ValueError:
        return (math.inf, text)
