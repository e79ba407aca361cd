"""The tables of ``docs/samplers/held_out.md``, made from the searches next to it."""

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd
from held_out import SAMPLERS, TUNED
from scipy.stats import wilcoxon

from nasbench_mvit.benchmark.compare.by_name import NOISY
from nasbench_mvit.io.markdown import markdown_table

COUNTS = (20, 30, 50, 100)
SHOWN = (50, 100)
PERCENT = 100.0
LEVEL = 0.95
RESAMPLES = 2_000
EVEN = 0.005  # points of a difference that counts as none
#: Problems with the same accuracies, by how their names begin, and what their networks are.
SETS = {
    "hpolib_naval": "perceptrons",
    "hpolib_parkinsons": "perceptrons",
    "hpolib_slice": "perceptrons",
    "mobilevit_table": "MobileViTs",
    "nasbench201_cifar100": "cells",
    "nasbench201_imagenet16": "cells",
    "nasbench_macro": "chains of blocks",
}
#: Our sampler, told the reference point or not, and what it is held against: rivals, and itself
#: with the cost to be learnt.
RIVALS = {
    "cost_aware": ("cost_aware_learnt", "ridge", "tpe", "nsga2"),
    "cost_aware_untold": ("ridge_untold", "tpe", "nsga2"),
}


def held_out_tables(rows: pd.DataFrame) -> str:
    """Return the leads over all held-out problems, and the hypervolumes of each of them.

    Args:
        rows: rows of a ``SearchArchive``.
    """
    shares = _common(of_held_out(rows))
    seeds = shares.index.get_level_values("seed").unique()
    means = shares.groupby("benchmark").mean() * PERCENT
    size = (
        f"{len(means)} problems, {len(seeds)} searches of each sampler on each (seeds "
        f"{seeds.min()} to {seeds.max()})."
    )
    parts = [
        size,
        _leads(means),
        *(f"### After {count}\n\n{_shares(means, count)}" for count in SHOWN),
    ]
    return "\n\n".join(parts) + "\n"


def of_held_out(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the searches of problems that nothing was decided on."""
    return rows[~rows["benchmark"].str.removesuffix(NOISY).isin(TUNED)]


def mean_over_problems(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one search for each sampler, seed and kind of networks: the mean over problems.

    Only seeds count that all samplers have on all problems.
    """
    seeds = _common(rows).index.get_level_values("seed").unique()
    rows = rows[rows["seed"].isin(seeds) & rows["sampler"].isin(SAMPLERS)]
    kinds = rows["benchmark"].map(set_of).map(SETS).rename("benchmark")
    means = rows.groupby([kinds, "sampler", "seed", "evaluation"], sort=False)
    return means[["share", "seconds", "asks", "ask_s"]].mean().reset_index()


def set_of(benchmark: str) -> str:
    """Return the set of problems that have the accuracies of a problem."""
    (found,) = (name for name in SETS if benchmark.startswith(name))
    return found


def _common(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the shares by benchmark and seed, of the seeds that all samplers have everywhere.

    The columns are sampler and number of evaluations.
    """
    found = rows[rows["evaluation"].isin(COUNTS)].pivot_table(
        index=["benchmark", "seed"], columns=["sampler", "evaluation"], values="share"
    )
    whole = found.dropna()
    num_benchmarks = rows["benchmark"].nunique()
    have_all = whole.groupby("seed").size() == num_benchmarks
    return whole[whole.index.get_level_values("seed").isin(have_all[have_all].index)]


def _leads(means: pd.DataFrame) -> str:
    lines = [
        (f"`{ours}`", f"`{rival}`", str(count), *_lead(means[ours, count] - means[rival, count]))
        for ours, rivals in RIVALS.items()
        for rival, count in itertools.product(rivals, COUNTS)
    ]
    head = (
        "sampler",
        "against",
        "networks",
        "lead, points",
        "95 % interval",
        "ahead, even, behind",
        "p",
    )
    return markdown_table(head, lines)


def _lead(leads: "pd.Series[float]") -> Iterator[str]:
    """Yield the mean lead, its bootstrap interval over sets, the counts and Wilcoxon's p.

    Problems with the same accuracies are not independent: interval and p are of the means of each
    set of them, the mean and the counts of all problems.
    """
    values = leads.to_numpy(float)
    sets = [part.to_numpy(float) for _, part in leads.groupby(set_of)]
    rng = np.random.default_rng(0)
    drawn = [
        np.concatenate([sets[place] for place in rng.integers(len(sets), size=len(sets))]).mean()
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(drawn, [0.5 * (1 - LEVEL), 0.5 * (1 + LEVEL)])
    yield f"{values.mean():+.2f}"
    yield f"{low:+.2f} – {high:+.2f}"
    ahead, behind = int((values > EVEN).sum()), int((values < -EVEN).sum())
    yield f"{ahead}, {len(values) - ahead - behind}, {behind}"
    yield f"{float(wilcoxon([part.mean() for part in sets]).pvalue):.1g}"


def _shares(means: pd.DataFrame, count: int) -> str:
    table = means.xs(count, axis="columns", level="evaluation")[list(SAMPLERS)]
    lines = [(f"`{name}`", *(f"{share:.2f}" for share in row)) for name, row in table.iterrows()]
    return markdown_table(("problem", *(f"`{name}`" for name in SAMPLERS)), lines)
