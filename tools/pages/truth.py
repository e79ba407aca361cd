"""The tables of ``docs/proxy.md`` on published networks, made from the trainings next to it."""

from pathlib import Path

import pandas as pd

from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.io.cells import number_cell
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.proxy.patches import compare_patches, patches_table
from nasbench_mvit.proxy.truth import (
    Truth,
    compare_with_imagenet,
    transfer_errors,
    truth_report,
)
from nasbench_mvit.training.proxy.recipe import ProxyConfig

PERCENT = 100.0
SMALLEST = "mobilevit_xxs"
RECIPES = {
    "scattered": ProxyConfig(),
    "mosaic": ProxyConfig(optimizer="adamw", layout="grid", dropout=None),  # of earlier versions
}
DECIDED_ON = (  # the networks that the recipe was chosen with
    "mobilevit_s",
    "mobilevit_xs",
    "mobilevit_xxs",
    "mobilevit_s_no_fusion",
    "mobilevitv2_0.5",
    "mobilevitv2_1.0",
    "mobilevitv3_s",
    "mobilevitv3_xxs",
)
NUM_FITTED = 3  # seeds 0 to 2, which the recipe was chosen with and the calibration rests on


def truth_tables(trainings: Path) -> str:
    """Return each recipe's verdict over all networks, and over those it was not chosen with."""
    every = last_scores(trainings)
    fitted = every[every.seed < NUM_FITTED]
    found: dict[str, Truth] = {}
    for name, proxy in RECIPES.items():
        of_recipe = fitted[fitted.proxy_id == proxy.id]
        for networks, some in (
            ("all", of_recipe),
            ("not decided on", of_recipe[~of_recipe.network.isin(DECIDED_ON)]),
            ("all, fresh seeds", every[(every.proxy_id == proxy.id) & (every.seed >= NUM_FITTED)]),
        ):
            truth = compare_with_imagenet(some)
            if truth is not None:
                found[f"`{name}`, {networks}"] = truth
    parts = [_ranks(found)]
    for title, truth in found.items():
        parts += [f"### {title[0].upper()}{title[1:]}", truth_report(truth)]
    default = fitted[fitted.proxy_id == ProxyConfig().id]
    parts += ["### Fitted to the networks decided on, held against the others", _transfer(default)]
    return "\n\n".join(parts)


def truth_tables_of_one(trainings: Path) -> str:
    """Return the verdict on the only recipe of an archive.

    Raises:
        ValueError: the archive has too few networks for one.
    """
    truth = compare_with_imagenet(last_scores(trainings))
    if truth is None:
        raise ValueError(f"{trainings} has trainings of too few networks")
    return truth_report(truth)


def patches_by(trainings: Path) -> str:
    """Return the effect of other patches on ImageNet and by the recipe of an archive."""
    return patches_table(compare_patches(last_scores(trainings)))


def last_scores(trainings: Path) -> pd.DataFrame:
    """Return the last report of each training of an archive."""
    rows = pd.read_parquet(trainings).sort_values("fraction")
    return rows.groupby(["proxy_id", "network", "seed"], as_index=False).last()


def _transfer(scores: pd.DataFrame) -> str:
    errors = transfer_errors(scores, DECIDED_ON)
    shown = [(terms, f"{error:.2f}") for terms, error in errors.items()]
    return markdown_table(("ImageNet top-1 from", "error, points"), shown)


def trials_table(trials: Path) -> str:
    """Return the trials that the recipe was chosen by: mean scores in percent."""
    rows = pd.read_csv(trials)
    tried = set(rows.network)
    order = sorted((name for name in FIGURES if name in tried), key=lambda n: FIGURES[n].top1)
    titles = {name: figures.title for name, figures in FIGURES.items()}
    by_network = rows.assign(score=rows.score * PERCENT).pivot_table(
        index=["task", "options"], columns="network", values="score", aggfunc="mean"
    )[order]
    of_smallest = rows[rows.network == SMALLEST].groupby(["task", "options"])
    seconds = of_smallest.cpu_seconds.mean()
    return markdown_table(
        ("named", "recipe", *by_network.columns.map(titles), "core-seconds of XXS"),
        [
            (*key, *(number_cell(score, ".1f") for score in scores), number_cell(spent, ".0f"))
            for key, scores, spent in zip(
                by_network.index,
                by_network.to_numpy(),
                seconds.reindex(by_network.index),
                strict=True,
            )
        ],
    )


def sizes_table(scores: Path) -> str:
    """Return the scores of networks on canvases of other sizes than they were trained on."""
    rows = pd.read_csv(scores)
    by = ["recipe", "network", "cpu_seconds"]
    table = rows.pivot_table(index=by, columns="size_px", values="top1")
    return markdown_table(
        ("recipe", "network", *(f"{size} px" for size in table), "core-seconds of the training"),
        [
            (
                f"`{recipe}`",
                FIGURES[network].title,
                *(f"{PERCENT * top1:.1f}" for top1 in scores),
                f"{seconds:.0f}",
            )
            for (recipe, network, seconds), scores in zip(
                table.index, table.to_numpy(), strict=True
            )
        ],
    )


def _ranks(found: dict[str, Truth]) -> str:
    return markdown_table(
        ("recipe, networks", "ρ", "τ", "noise, points"),
        [
            (title, str(truth.rho), f"{truth.tau.rho:.2f}", number_cell(truth.noise, ".1f"))
            for title, truth in found.items()
        ],
    )
