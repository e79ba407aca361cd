"""A comparison as Markdown."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.benchmark.compare.standings import (
    LEVEL,
    QUARTILES,
    SamplerStanding,
    standings,
    target,
)
from nasbench_mvit.io.cells import number_cell
from nasbench_mvit.io.markdown import markdown_table

PERCENT = 100.0
NEEDED = "evaluations until the mean is the best rival's last"
NOTE = f"In brackets the {LEVEL:.0%} bootstrap interval over searches, the rival's too."
COUNTS = (10, 20, 30, 50, 100)  # evaluations at which the hypervolume is given
SECONDS_PER_HOUR = 3600.0


def report(rows: pd.DataFrame) -> str:
    """Return the tables of a comparison.

    Args:
        rows: rows of searches that are comparable, at least of one.
    """
    found = standings(rows)
    parts = []
    for benchmark, group in itertools.groupby(found, key=lambda standing: standing.benchmark):
        same = list(group)
        parts.append(f"## On `{benchmark}`\n\n{_hypervolumes(same)}\n\n{_efforts(same)}\n")
    return "\n".join([*parts, f"{NOTE}\n"])


def brief(rows: pd.DataFrame) -> str:
    """Return one table of all benchmarks with what matters most.

    Args:
        rows: rows of searches that are comparable, at least of one.
    """
    found = standings(rows)
    lines = []
    for benchmark, group in itertools.groupby(found, key=lambda standing: standing.benchmark):
        same = list(group)
        rival, share = target(same)
        lines += [
            (
                f"`{benchmark}`",
                *_shares(standing, _counts(same)),
                _needed(standing, rival, share),
            )
            for standing in same
        ]
    head = ("table", "sampler", "searches", *(f"after {count}" for count in _counts(found)), NEEDED)
    return markdown_table(head, lines)


def _hypervolumes(found: Sequence[SamplerStanding]) -> str:
    counts = _counts(found)
    head = ["sampler", "searches", *(f"after {count}" for count in counts)]
    return markdown_table(head, (_shares(standing, counts) for standing in found))


def _counts(found: Sequence[SamplerStanding]) -> list[int]:
    """Return after how many evaluations the hypervolume is given, the last of all included."""
    last = min(int(standing.shares.shape[1]) for standing in found)
    return [*(count for count in COUNTS if count < last), last]


def _shares(standing: SamplerStanding, counts: Sequence[int]) -> list[str]:
    columns = [standing.shares[:, count - 1] * PERCENT for count in counts]
    cells = [f"{column.mean():.2f} ± {_sd(column):.2f}" for column in columns]
    return [f"`{standing.sampler}`", str(len(standing.shares)), *cells]


def _sd(values: NDArray[np.float64]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def _efforts(found: Sequence[SamplerStanding]) -> str:
    rival, share = target(found)
    goal = f"`{rival.sampler}` after {rival.shares.shape[1]}"
    head = [
        "sampler",
        f"evaluations until the mean is that of {goal}, {share * PERCENT:.2f} %",
        "until a search is there, quartiles",
        "training until then, hours",
        "known networks proposed, per network trained",
        "seconds a proposal",
    ]
    return markdown_table(head, (_effort(standing, rival, share) for standing in found))


def _effort(standing: SamplerStanding, rival: SamplerStanding, share: float) -> Iterator[str]:
    yield f"`{standing.sampler}`"
    needed = standing.needed(share)
    yield _needed(standing, rival, share)
    each = np.quantile(standing.each_needed(share), QUARTILES, method="higher")
    yield ", ".join(number_cell(count, ".0f") for count in each)
    spent = standing.seconds.mean(axis=0) / SECONDS_PER_HOUR
    yield "–" if needed is None else f"{spent[needed - 1]:.2f}"
    yield f"{standing.repeats.mean():.2f}"
    yield f"{standing.ask_s.mean():.3f}"


def _needed(standing: SamplerStanding, rival: SamplerStanding, share: float) -> str:
    last = standing.shares.shape[1]
    needed = standing.needed(share)
    text = f"not in {last}" if needed is None else str(needed)
    if standing is rival or needed is None:
        return text
    low, high = standing.needed_interval(rival)
    return f"{text} [{low:.0f}, {number_cell(high, '.0f')}]"
