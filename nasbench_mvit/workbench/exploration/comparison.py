"""Two to five networks side by side, of one study or of several."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nasbench_mvit.figures.columns import PERCENT
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.workbench.exploration.network import (
    costs_by_part,
    differing_fields,
    spec_of,
)
from nasbench_mvit.workbench.exploration.several_studies import score_title
from nasbench_mvit.workbench.exploration.tables import network_table
from nasbench_mvit.workbench.studies.notes import EMPTY, NOTE, TAGS, Note
from nasbench_mvit.workbench.studies.progress.live_curves import curves_so_far
from nasbench_mvit.workbench.studies.study import Study

FEWEST, MOST = 2, 5
SPREAD = "± of the difference, points"
OF_LATENCY = ("latency difference, ms", "latency intervals apart")


@dataclass(frozen=True)
class Compared:
    """A network that is compared: its label, its study, its row there and the note on it."""

    label: str
    study: Study
    row: Row
    note: Note = EMPTY


def side_by_side(networks: Sequence[Compared]) -> pd.DataFrame:
    """Return a row for each network, with its differences from the first.

    The ± of a difference of accuracies is one standard deviation of the noise between seeds; that
    of latencies is told where their intervals do not overlap.
    """
    first = networks[0]
    of_score = (f"{score_title([one.study for one in networks])} difference, points", SPREAD)
    added = {"±, points": of_score, "upper end, ms": (*OF_LATENCY, TAGS, NOTE)}  # after a column
    tables = []
    for one in networks:
        table = network_table([one.row], one.study.summary)
        noise = math.hypot(*(each.study.summary.noise_of(each.row) for each in (first, one)))
        is_first = one is first
        more: dict[str, Any] = {
            of_score[0]: math.nan if is_first else _points(one, first),
            of_score[1]: math.nan if is_first else noise * PERCENT,
            OF_LATENCY[0]: math.nan if is_first else _ms(one, first),
            OF_LATENCY[1]: None if is_first else _are_apart(one.row, first.row),
        }
        if any(each.note != EMPTY for each in networks):
            more |= {TAGS: ", ".join(one.note.tags), NOTE: one.note.text}
        tables.append(table.assign(network=one.label, **more))
    found = pd.concat(tables, ignore_index=True)
    own = [str(name) for name in found if name not in more]
    return found[[each for name in own for each in (name, *added.get(name, ())) if each in found]]


def _points(one: Compared, other: Compared) -> float:
    return (one.row.top1 - other.row.top1) * PERCENT


def _ms(one: Compared, other: Compared) -> float:
    return one.row.latency_ms - other.row.latency_ms


def _are_apart(one: Row, other: Row) -> bool:
    return one.latency_low_ms > other.latency_high_ms or other.latency_low_ms > one.latency_high_ms


def compared_curves(networks: Sequence[Compared]) -> pd.DataFrame:
    """Return the learning curves of the networks so far, by their labels."""
    curves = [
        curves_so_far(one.study, one.row.trial if one.row.duplicate_of is None
                      else one.row.duplicate_of).assign(network=one.label)
        for one in networks
    ]  # fmt: skip
    found = [table for table in curves if len(table)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def compared_parts(networks: Sequence[Compared]) -> dict[str, pd.DataFrame]:
    """Return the costs and milliseconds of each part, by label; rivals have no such parts."""
    return {
        one.label: costs_by_part(spec_of(one.row), one.study.predictor)
        for one in networks
        if one.row.role != Role.RIVAL
    }


def milliseconds(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the milliseconds of each part, a column for each network that has them."""
    columns = {label: table.set_index("part").ms for label, table in parts.items() if "ms" in table}
    return pd.DataFrame(columns).rename_axis("part").reset_index()


def compared_fields(networks: Sequence[Compared]) -> pd.DataFrame:
    """Return the fields in which the networks that are no rivals differ."""
    mine = [one for one in networks if one.row.role != Role.RIVAL]
    return differing_fields({one.label: spec_of(one.row) for one in mine})
