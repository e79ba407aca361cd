"""The report on recipes, in words and tables, as Markdown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.analysis.ranking import LEVEL, Correlation
from nasbench_mvit.architecture.patches import patches_per_stage
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.io.cells import ABSENT, number_cell
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.proxy.recipes import REFERENCE, Recipe
from nasbench_mvit.proxy.trainings import scores
from nasbench_mvit.proxy.verdict import RecipeVerdict, recipe_verdicts
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.training.proxy.result import TrainingResult

PERCENT = 100.0
TIMED = "mobilevit_xs"
NOTE = (
    f"ρ is Spearman's, in brackets the {LEVEL:.0%} bootstrap interval over networks and their "
    "number. Noise and spread are standard deviations in points of top-1."
)


@dataclass(frozen=True, kw_only=True)
class ProxyReport:
    """The verdict on recipes.

    Attributes:
        verdicts: one for each recipe, the reference included; none before it was trained.
        markdown: the same in tables and words.
    """

    verdicts: tuple[RecipeVerdict, ...]
    markdown: str


def report(
    recipes: Mapping[str, Recipe],
    networks: Mapping[str, MobileViTSpec],
    results: Mapping[Training, TrainingResult],
    predictor: LatencyPredictor,
    limit_ms: float | None,
) -> ProxyReport:
    """Return the verdicts on recipes.

    Args:
        recipes: the recipes.
        networks: the networks that are trained by them.
        results: results of the trainings done so far.
        predictor: predictor of the latencies, which are compared with the limit.
        limit_ms: upper end of the latency interval that a study allows, None for no limit.
    """
    table = scores(results)
    high_ms = predictor.predict_many(list(networks.values())).high
    within = {
        name
        for name, high in zip(networks, high_ms, strict=True)
        if limit_ms is None or high <= limit_ms
    }
    limit = "latency limit" if limit_ms is None else f"limit of {limit_ms:g} ms"
    verdicts = recipe_verdicts(table, within)
    parts = [
        _recipes(recipes),
        _verdicts(recipes, verdicts, limit),
        _networks(networks, table, high_ms, within),
    ]
    return ProxyReport(verdicts=tuple(verdicts), markdown="\n\n".join(parts) + "\n")


def _recipes(recipes: Mapping[str, Recipe]) -> str:
    header = ("recipe", "task", "steps", "batch", "rate", "patches on stages 3, 4, 5")
    return markdown_table(header, (_recipe_row(name, recipes[name]) for name in recipes))


def _verdicts(recipes: Mapping[str, Recipe], verdicts: Sequence[RecipeVerdict], limit: str) -> str:
    header = (
        "recipe", f"ρ with `{REFERENCE}`", "of one seed", f"ρ within the {limit}",
        "ρ between its seeds", "noise between seeds", "spread of networks", "core-seconds, mean",
        "of MobileViT-XS",
    )  # fmt: skip
    table = markdown_table(header, map(_verdict_row, verdicts))
    sentences = (
        f"`{verdict.recipe}` {verdict.trust.value} to rank networks as `{REFERENCE}` does."
        for verdict in verdicts
        if recipes[verdict.recipe].is_candidate
    )
    return "\n\n".join([table, NOTE, "\n".join(sentences)])


def _networks(
    networks: Mapping[str, MobileViTSpec],
    table: pd.DataFrame,
    high_ms: NDArray[np.float64],
    within: set[str],
) -> str:
    """Return every network with its costs and its mean top-1 under every recipe, in percent."""
    top1 = table.pivot_table(
        index="network", columns="recipe", values="top1", aggfunc="mean", sort=False
    )
    names = list(dict.fromkeys(table.recipe))
    rows = []
    for (name, spec), high in zip(networks.items(), high_ms, strict=True):
        costs = count_costs(spec)
        scored = top1.reindex(index=[name], columns=names).iloc[0]
        rows.append(
            (
                name,
                f"{costs.macs / 1e6:,.0f}",
                f"{costs.params / 1e6:.2f}",
                f"{high:.1f}{'' if name in within else ' (over)'}",
                *(number_cell(value * PERCENT, ".1f") for value in scored),
            )
        )
    header = ("network", "MACs, M", "params, M", "latency at most, ms", *names)
    return markdown_table(header, rows)


def _recipe_row(name: str, recipe: Recipe) -> Sequence[str]:
    proxy = recipe.proxy
    task = f"{proxy.mosaic_grid}×{proxy.mosaic_grid} mosaics" if proxy.mosaic_grid > 1 else "images"
    patches = patches_per_stage(published(TIMED), proxy.input_size).values()
    return (
        f"`{name}`",
        f"{task} at {proxy.input_size} px",
        f"{proxy.steps:,}",
        str(proxy.batch_size),
        f"{proxy.learning_rate:g}",
        ", ".join(map(str, patches)),
    )


def _verdict_row(verdict: RecipeVerdict) -> Sequence[str]:
    timed = verdict.core_seconds_of.get(TIMED, math.nan)
    return (
        f"`{verdict.recipe}`",
        _correlation(verdict.agreement),
        number_cell(verdict.of_one_seed, ".2f"),
        _correlation(verdict.within_limit),
        _correlation(verdict.between_seeds),
        number_cell(verdict.noise * PERCENT, ".1f"),
        number_cell(verdict.spread * PERCENT, ".1f"),
        number_cell(verdict.core_seconds, ".0f"),
        number_cell(timed, ".0f"),
    )


def _correlation(value: Correlation | None) -> str:
    return ABSENT if value is None else f"{value} ({value.count})"
