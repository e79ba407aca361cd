"""The contest in words and tables, as Markdown."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from nasbench_mvit.analysis.ranking import LEVEL, Correlation
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import STAGE_STRIDES, STEM_STRIDE
from nasbench_mvit.proxy.contest import REFERENCE, Contestant
from nasbench_mvit.proxy.verdict import Judgement

PERCENT = 100.0
TIMED = "mobilevit_xs"
NOTE = (
    f"ρ is Spearman's, in brackets the {LEVEL:.0%} bootstrap interval over networks and their "
    "number. Noise and spread are standard deviations in points of top-1."
)


def markdown(
    contest: Mapping[str, Contestant], judgements: Sequence[Judgement], limit_ms: float | None
) -> str:
    """Return the tables of a contest."""
    limit = "latency limit" if limit_ms is None else f"limit of {limit_ms:g} ms"
    lines = [
        "| recipe | task | steps | batch | patches on stages 3, 4, 5 |",
        "|---|---|---|---|---|",
        *(_recipe_row(name, contest[name]) for name in contest),
        "",
        _row(
            "recipe",
            f"ρ with `{REFERENCE}`",
            f"ρ within the {limit}",
            "ρ between its seeds",
            "noise between seeds",
            "spread of networks",
            "core-seconds, mean",
            "of MobileViT-XS",
        ),
        "|---|---|---|---|---|---|---|---|",
        *(_judgement_row(judgement) for judgement in judgements),
        "",
        NOTE,
        "",
        *(
            f"`{j.contestant}` {j.trust.value} to rank networks as `{REFERENCE}` does."
            for j in judgements
            if j.contestant != REFERENCE
        ),
    ]
    return "\n".join(lines) + "\n"


def scores_table(scores: pd.DataFrame) -> str:
    """Return the final top-1 of every network under every recipe, in percent, as Markdown."""
    table = scores.pivot_table(
        index="network", columns="contestant", values="top1", aggfunc="mean", sort=False
    )
    names = [str(name) for name in table.columns]
    lines = [_row("network", *names), "|---" * (len(names) + 1) + "|"]
    for network, row in table.iterrows():
        cells = [f"{value * PERCENT:.1f}" if math.isfinite(value) else "–" for value in row]
        lines.append(_row(str(network), *cells))
    return "\n".join(lines) + "\n"


def patches_per_level(input_size: int) -> tuple[int, ...]:
    """Return the 2×2 patches that the maps of stages 3, 4 and 5 hold at an input size."""
    side, counts = -(-input_size // STEM_STRIDE), []
    for stage, stride in zip(published(TIMED).stages, STAGE_STRIDES, strict=True):
        side = -(-side // stride)
        if stage.block is not None:
            h, w = stage.block.patch
            counts.append(-(-side // h) * -(-side // w))
    return tuple(counts)


def _recipe_row(name: str, contestant: Contestant) -> str:
    proxy = contestant.proxy
    task = f"{proxy.mosaic_grid}×{proxy.mosaic_grid} mosaics" if proxy.mosaic_grid > 1 else "images"
    patches = ", ".join(map(str, patches_per_level(proxy.input_size)))
    return (
        f"| `{name}` | {task} at {proxy.input_size} px | {proxy.steps:,} | {proxy.batch_size} "
        f"| {patches} |"
    )


def _judgement_row(judgement: Judgement) -> str:
    timed = judgement.core_seconds_of.get(TIMED, math.nan)
    return _row(
        f"`{judgement.contestant}`",
        _correlation(judgement.agreement),
        _correlation(judgement.within_limit),
        _correlation(judgement.between_seeds),
        _number(judgement.noise * PERCENT, 1),
        _number(judgement.spread * PERCENT, 1),
        _number(judgement.core_seconds, 0),
        _number(timed, 0),
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def _correlation(value: Correlation | None) -> str:
    if value is None:
        return "–"
    return f"{value.rho:.2f} [{value.low:.2f}, {value.high:.2f}] ({value.count})"
