"""Compares halving by accuracy and latency, halving by accuracy, and full training."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from halving.replay import Curves, Floats, StoppingRule, replay

from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.search.study.sections import Pruning, Reference

FULL = "full training"
BY_ACCURACY = "halving by accuracy alone"
BY_RANK = "halving by rank in accuracy and latency"
PERCENT = 100.0
NUM_POINTS = 200
SECONDS_PER_HOUR = 3600.0


def stopping_rules(curves: Curves, pruning: Pruning) -> dict[str, StoppingRule]:
    """Return a new rule of each method."""
    return {
        FULL: StoppingRule(curves, None),
        BY_ACCURACY: StoppingRule(curves, pruning, by_latency=False),
        BY_RANK: StoppingRule(curves, pruning),
    }


def replays(
    curves: Curves,
    reference: Reference,
    pruning: Pruning,
    *,
    seeds: Sequence[int],
    budget: int,
    workers: int,
) -> pd.DataFrame:
    """Return one row per method and seed, of searches that draw networks at random.

    Args:
        curves: curves of the networks.
        reference: reference point of the hypervolume.
        pruning: the rungs.
        seeds: seeds of the order of the networks, the same for all methods.
        budget: number of networks that each search begins to train.
        workers: number of concurrent trainings.

    Returns:
        The columns method, seed, spent (share of the processor seconds of full training in the same
        order), hypervolume (share of that of full training), of_full (share that full training
        reaches in as many processor seconds), finished and stopped.
    """
    rows = []
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(curves))[:budget].tolist()
        full = replay(curves, order, StoppingRule(curves, None), workers=workers)
        grown = np.concatenate([[0.0], full.hypervolumes(curves, reference)])
        for method, rule in stopping_rules(curves, pruning).items():
            trace = replay(curves, order, rule, workers=workers)
            by_then = np.searchsorted(full.spent_s, trace.total_s, side="right")
            rows.append(
                {
                    "method": method,
                    "seed": seed,
                    "spent": trace.total_s / full.total_s,
                    "hypervolume": trace.hypervolumes(curves, reference)[-1] / grown[-1],
                    "of_full": grown[by_then] / grown[-1],
                    "finished": len(trace.finished),
                    "stopped": trace.stopped,
                }
            )
    return pd.DataFrame(rows)


def courses(
    curves: Curves,
    reference: Reference,
    pruning: Pruning,
    *,
    seeds: Sequence[int],
    workers: int,
) -> pd.DataFrame:
    """Return the hypervolume over training time, for searches over all networks.

    A search that has ended keeps its hypervolume until the last one of its method ends.

    Returns:
        The columns method, hours (of one processor), low, median and high: quartiles over the
        seeds of the share of the hypervolume of all networks.
    """
    everything = StoppingRule(curves, None)
    whole = replay(curves, range(len(curves)), everything, workers=workers)
    best = whole.hypervolumes(curves, reference)[-1]
    at_s = np.linspace(0.0, whole.total_s, NUM_POINTS)
    grown: dict[str, list[Floats]] = {}
    longest: dict[str, float] = {}
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(curves)).tolist()
        for method, rule in stopping_rules(curves, pruning).items():
            trace = replay(curves, order, rule, workers=workers)
            areas = np.concatenate([[0.0], trace.hypervolumes(curves, reference)]) / best
            shown = areas[np.searchsorted(trace.spent_s, at_s, side="right")]
            grown.setdefault(method, []).append(shown)
            longest[method] = max(longest.get(method, 0.0), trace.total_s)
    return pd.concat(
        [_quartiles(method, at_s, found, longest[method]) for method, found in grown.items()]
    )


def _quartiles(method: str, at_s: Floats, found: list[Floats], end_s: float) -> pd.DataFrame:
    going = at_s <= end_s
    low, median, high = np.quantile(np.array(found)[:, going], [0.25, 0.5, 0.75], axis=0)
    hours = at_s[going] / SECONDS_PER_HOUR
    return pd.DataFrame(
        {"method": method, "hours": hours, "low": low, "median": median, "high": high}
    )


def table(found: dict[int, pd.DataFrame]) -> str:
    """Return the results of ``replays`` for several budgets as Markdown."""
    header = (
        "networks", "method", "training spent", "hypervolume reached (quartiles)",
        "in the worst run", "full training with as much", "trained to the end",
    )  # fmt: skip
    return markdown_table(
        header, (row for count, runs in found.items() for row in _rows(count, runs))
    )


def _rows(budget: int, runs: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    for method, rows in runs.groupby("method", sort=False):
        area = rows.hypervolume * PERCENT
        yield (
            str(budget),
            str(method),
            f"{rows.spent.median() * PERCENT:.0f} %",
            f"{area.median():.1f} % ({area.quantile(0.25):.1f} – {area.quantile(0.75):.1f})",
            f"{area.min():.1f} %",
            f"{rows.of_full.median() * PERCENT:.1f} %",
            f"{rows.finished.median():.0f}",
        )
