"""The data sheet of a table, as Markdown: its content, noise and correlations."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nasbench_mvit.analysis.effects import importance
from nasbench_mvit.analysis.ranking import LEVEL, Correlation, spearman
from nasbench_mvit.analysis.statistics import mean, pooled_sd
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.table.benchmark import Benchmark

PERCENT = 100.0
QUARTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
FIRST_SEED = 0
FEWEST_GROUPS = 6  # of which halves and a correlation say something
NOTE = (
    f"ρ is Spearman's, in brackets the {LEVEL:.0%} bootstrap interval over networks and their "
    "number."
)


def data_sheet(benchmark: Benchmark) -> str:
    """Return the tables of the data sheet."""
    parts = {
        "Content": _content(benchmark),
        "Distributions over the networks": _distribution(benchmark),
        "Noise": _noise(benchmark),
        "Rank correlation of partial trainings": _fractions(benchmark),
        "Accuracy against cost": _costs(benchmark),
        "Importance of the axes": _axes(benchmark),
    }
    tables = (f"## {title}\n\n{table}" for title, table in parts.items())
    return "\n\n".join([*tables, NOTE]) + "\n"


def _content(benchmark: Benchmark) -> str:
    about, top1 = benchmark.about, benchmark.frame("top1")
    seeds = top1.groupby(level="spec_id").size()
    hours = benchmark.frame("cpu_seconds")[1.0].sum() / 3600
    recipe = f"{about.proxy['steps']} steps, batch {about.proxy['batch_size']}"
    rows = [
        ("networks", f"{len(benchmark)}: all of the space `{about.space}`"),
        ("trainings", f"{len(top1)}; {int((seeds >= 3).sum())} networks with three seeds or more"),
        ("scored at", ", ".join(f"{fraction:g}" for fraction in benchmark.fractions)),
        ("recipe", f"{recipe}, id `{about.proxy_id}`"),
        ("images", f"{about.data}, fingerprint `{about.images}`"),
        ("trained on", f"{about.device}, {about.precision}; {hours:.1f} core-hours in all"),
    ]
    for target, known in benchmark.latencies.groupby("target", sort=False):
        counts = known["kind"].value_counts()
        words = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        rows.append((f"latency, `{target}`", words))
    return markdown_table(("what", "how much"), rows)


def _distribution(benchmark: Benchmark) -> str:
    final = _final(benchmark)
    columns = {
        "proxy score, %": final * PERCENT,
        "params, M": benchmark.networks["params"] / 1e6,
        "MACs, M": benchmark.networks["macs"] / 1e6,
        "core-seconds": benchmark.frame("cpu_seconds")[1.0].xs(FIRST_SEED, level="seed"),
    }
    for target, ms in _latencies(benchmark).items():
        columns[f"`{target}`, ms"] = ms
    rows = [
        (name, *(f"{values.quantile(share):,.{_digits(values)}f}" for share in QUARTILES))
        for name, values in columns.items()
    ]
    header = ("quantity", "least", "lower quartile", "median", "upper quartile", "most")
    return markdown_table(header, rows)


def _digits(values: pd.Series) -> int:
    return 0 if values.median() >= 100 else 1 if values.median() >= 10 else 2


def _noise(benchmark: Benchmark) -> str:
    top1 = benchmark.frame("top1")
    groups = [group for _, group in top1.groupby(level="spec_id") if len(group) > 1]
    rows = []
    for fraction in benchmark.fractions:
        noise = pooled_sd(group[fraction].tolist() for group in groups)
        spread = float(top1[fraction].groupby(level="spec_id").mean().std(ddof=1))
        two_NS = np.array([group[fraction].iloc[:2] for group in groups])
        between = spearman(*two_NS.T) if groups else None
        rows.append(
            (
                f"{fraction:g}",
                f"{noise * PERCENT:.1f}",
                f"{spread * PERCENT:.1f}",
                f"{spread / noise:.1f}",
                "–" if between is None else _rho(between),
            )
        )
    header = (
        "fraction", "noise between seeds, points", "spread of networks, points", "spread / noise",
        "ρ between two seeds",
    )  # fmt: skip
    table = markdown_table(header, rows)
    return f"{table}\n\n{_noise_by_score(groups)}" if len(groups) >= FEWEST_GROUPS else table


def _noise_by_score(groups: Sequence[pd.DataFrame]) -> str:
    """Return how the noise of whole trainings goes with the score of a network."""
    scores = sorted((group[1.0].tolist() for group in groups), key=mean)
    middle = len(scores) // 2
    rows = [
        (f"{half}-scoring half ({len(of_half)})", f"{pooled_sd(of_half) * PERCENT:.1f}")
        for half, of_half in {"lower": scores[:middle], "higher": scores[middle:]}.items()
    ]
    table = markdown_table(("networks of several seeds, at the end", "noise, points"), rows)
    between = spearman([mean(one) for one in scores], [pooled_sd([one]) for one in scores])
    grows = "; the lower the score, the larger the noise" if between.high < 0 else ""
    return f"{table}\n\nρ of a network's mean score with its noise: {_rho(between)}{grows}."


def _fractions(benchmark: Benchmark) -> str:
    top1 = benchmark.frame("top1").xs(FIRST_SEED, level="seed")
    rows = [
        (f"{fraction:g}", _rho(spearman(top1[fraction], top1[1.0])))
        for fraction in benchmark.fractions
    ]
    return markdown_table(("fraction", "ρ with the end"), rows)


def _costs(benchmark: Benchmark) -> str:
    final = _final(benchmark)
    costs = {
        "params": benchmark.networks["params"],
        "MACs": benchmark.networks["macs"],
        **{f"`{target}`": ms for target, ms in _latencies(benchmark).items()},
    }
    rows = [
        (name, _rho(spearman(final, values.loc[final.index]))) for name, values in costs.items()
    ]
    return markdown_table(("cost", "ρ with the proxy's score"), rows)


def _axes(benchmark: Benchmark) -> str:
    final = _final(benchmark)
    rows = []
    for axis in benchmark.axes:
        choices = benchmark.networks.loc[final.index, axis]
        codes, values = pd.factorize(choices, sort=True)
        share = importance(codes, final)
        means = ", ".join(
            f"{value}: {final[choices == value].mean() * PERCENT:.1f}" for value in values
        )
        rows.append(
            (
                f"`{axis}`",
                f"{share.share:.0%} [{share.low:.0%}, {share.high:.0%}]",
                means,
            )
        )
    header = ("axis", "share of the variance of the score", "mean score of each choice, %")
    return markdown_table(header, rows)


def _final(benchmark: Benchmark) -> pd.Series:
    """Return top-1 of the whole training with the first seed, by network."""
    series: pd.Series = benchmark.frame("top1")[1.0].xs(FIRST_SEED, level="seed")
    return series


def _latencies(benchmark: Benchmark) -> dict[str, pd.Series]:
    """Return the estimated milliseconds of each predictor, by network."""
    estimated = benchmark.latencies[benchmark.latencies["kind"] == "estimated"]
    return {
        str(target): rows.set_index("spec_id")["ms"] for target, rows in estimated.groupby("target")
    }


def _rho(correlation: Correlation) -> str:
    return f"{correlation} ({correlation.count})"
