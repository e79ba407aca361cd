"""A proxy held to ImageNet: the published networks, ranked by the proxy and by their top-1.

What it is worth is told beside what costs nothing: parameters, multiply-adds, and a curve in
multiply-adds with an offset for each paper. Every error is of a network, or a whole paper, that the
fit has not seen. Networks with other patches, which larger canvases hold, are judged as differences
(``patches``).
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasbench_mvit.analysis.least_squares import Floats, fit, left_out_errors, rms
from nasbench_mvit.analysis.ranking import Correlation, kendall, spearman
from nasbench_mvit.analysis.statistics import pooled_sd
from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.calibration.terms import MACS, TERMS, columns_of
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.io.cells import number_cell
from nasbench_mvit.io.markdown import frame_table, markdown_table
from nasbench_mvit.proxy.patches import VARIANTS, compare_patches, patches_table

PERCENT = 100.0
MIN_NETWORKS = 5
MIN_PATCH_PX = 128  # of a canvas whose maps hold patches other than 2×2
COMMON_PATCH = (2, 2)
PARAMS, CURVE = "log params", "quadratic in log MACs, offset of each paper"


def truth_networks(input_size: int) -> dict[str, MobileViTSpec]:
    """Return the published networks that a proxy of this input size can train, by their names."""
    networks = {name: published(name) for name in PUBLISHED}
    return {
        name: spec
        for name, spec in networks.items()
        if input_size >= MIN_PATCH_PX
        or all(stage.block is None or stage.block.patch == COMMON_PATCH for stage in spec.stages)
    }


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The errors of a least-squares fit of ImageNet top-1 to some terms.

    Attributes:
        terms: names of the terms.
        left_out: root mean square error in points over networks, each left out once.
        family_out: the same with all networks of a paper left out at once; NaN where the terms
            do not determine a fit, or too few networks remain.
        worst: the network with the largest known error when it is left out.
    """

    terms: str
    left_out: float
    family_out: float
    worst: str


@dataclass(frozen=True, kw_only=True)
class Truth:
    """The relation between a proxy's scores and ImageNet top-1.

    Attributes:
        table: the columns network, title, family, top1 (ImageNet, percent), score (mean over seeds,
            percent), sd (between seeds, points), seeds, macs and params.
        rho, tau: rank correlations of score and top-1.
        rho_macs, rho_params: those of multiply-adds and of parameters.
        fits: of the score, alone and with multiply-adds, and of what costs nothing.
        noise: standard deviation between seeds in points, pooled; NaN with one seed each.
        patches: what ``compare_patches`` finds; empty where their networks were not trained.
    """

    table: pd.DataFrame
    rho: Correlation
    tau: Correlation
    rho_macs: Correlation
    rho_params: Correlation
    fits: tuple[Fit, ...]
    noise: float
    patches: pd.DataFrame


def compare_with_imagenet(scores: pd.DataFrame) -> Truth | None:
    """Return the verdict on the scores of one recipe, None for fewer than ``MIN_NETWORKS``.

    Args:
        scores: a row for each training, with the columns network (a published name), seed and top1
            (a fraction).
    """
    table = _table(scores)
    if len(table) < MIN_NETWORKS:
        return None
    top1, score = table.top1.to_numpy(), table.score.to_numpy()
    judged = scores[scores.network.isin(table.network)].groupby("network").top1
    return Truth(
        table=table,
        rho=spearman(score, top1),
        tau=kendall(score, top1),
        rho_macs=spearman(table.macs, top1),
        rho_params=spearman(table.params, top1),
        fits=tuple(_fit(terms, columns, table) for terms, columns in _terms(table).items()),
        noise=PERCENT * pooled_sd(group.tolist() for _, group in judged),
        patches=compare_patches(scores),
    )


def transfer_errors(scores: pd.DataFrame, decided_on: Collection[str]) -> dict[str, float]:
    """Return how far fits to the networks of ``decided_on`` miss the others.

    Args:
        scores: as for ``compare_with_imagenet``.
        decided_on: published names.

    Returns:
        The root mean square error in points for the terms of each fit.
    """
    table = _table(scores)
    is_given, top1 = table.network.isin(decided_on).to_numpy(), table.top1.to_numpy()
    return {
        terms: rms(
            columns_NT[~is_given] @ fit(columns_NT[is_given], top1[is_given]) - top1[~is_given]
        )
        for terms, columns_NT in _terms(table).items()
    }


def _table(scores: pd.DataFrame) -> pd.DataFrame:
    of_network = scores.groupby("network", sort=False).top1
    names = [name for name in PUBLISHED if name in of_network.groups and name not in VARIANTS]
    costs = count_costs_many([published(name) for name in names])
    return pd.DataFrame(
        {
            "network": names,
            "title": [FIGURES[name].title for name in names],
            "family": [FIGURES[name].family for name in names],
            "top1": [FIGURES[name].top1 for name in names],
            "score": of_network.mean()[names].to_numpy() * PERCENT,
            "sd": of_network.std(ddof=1)[names].to_numpy() * PERCENT,
            "seeds": of_network.count()[names].to_numpy(),
            "macs": costs.macs,
            "params": costs.params,
        }
    )


def _terms(table: pd.DataFrame) -> dict[str, Floats]:
    """Return the columns of each fit, (N, T), the constant included."""
    score, macs = table.score.to_numpy() / PERCENT, table.macs.to_numpy(float)
    one, log_macs, log_params = np.ones(len(table)), np.log(macs), np.log(table.params.to_numpy())
    families = table.family.drop_duplicates()[1:]  # the first has no offset
    offsets = [(table.family == family).to_numpy(float) for family in families]
    return {terms: columns_of(terms, score, macs) for terms in (*TERMS, MACS)} | {
        PARAMS: np.column_stack([one, log_params]),
        CURVE: np.column_stack([one, log_macs, log_macs**2, *offsets]),
    }


def _fit(terms: str, columns_NT: Floats, table: pd.DataFrame) -> Fit:
    top1, families = table.top1.to_numpy(), table.family.to_list()
    errors = left_out_errors(columns_NT, top1, range(len(table)))
    out = math.nan if terms == CURVE else rms(left_out_errors(columns_NT, top1, families))
    return Fit(
        terms=terms,
        left_out=rms(errors),
        family_out=out,
        worst="–" if np.isnan(errors).all() else table.title.iloc[np.nanargmax(np.abs(errors))],
    )


def truth_report(found: Truth) -> str:
    """Return a verdict in tables and words, as Markdown."""
    ranks = markdown_table(
        ("ranked by", "Spearman's ρ with ImageNet top-1", "networks"),
        [
            ("score", str(found.rho), found.rho.count),
            (MACS, str(found.rho_macs), found.rho_macs.count),
            (PARAMS, str(found.rho_params), found.rho_params.count),
        ],
    )
    fits = markdown_table(
        ("ImageNet top-1 from", "each network left out", "each paper left out", "missed most"),
        [
            (f.terms, number_cell(f.left_out, ".2f"), number_cell(f.family_out, ".2f"), f.worst)
            for f in found.fits
        ],
    )
    table = found.table
    shown = {
        "network": table.title,
        "ImageNet top-1, %": table.top1.map("{:g}".format),
        "score, %": table.score.map("{:.1f}".format),
        "sd": [number_cell(sd, ".1f") for sd in table.sd],
        "seeds": table.seeds,
        "MACs, M": (table.macs / 1e6).map("{:,.0f}".format),
        "params, M": (table.params / 1e6).map("{:.2f}".format),
    }
    noise = (
        "one seed each" if math.isnan(found.noise) else f"{found.noise:.1f} points between seeds"
    )
    words = (
        f"Kendall's τ of the score is {found.tau.rho:.2f}. In brackets the bootstrap interval over "
        f"networks. Errors are root mean squares in points of ImageNet top-1. Noise: {noise}."
    )
    parts = [ranks, fits, words, frame_table(pd.DataFrame(shown))]
    if len(found.patches):
        parts.append(patches_table(found.patches))
    return "\n\n".join(parts) + "\n"
