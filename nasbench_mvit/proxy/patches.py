"""Patch sizes whose ImageNet top-1 is published, judged as differences from S or XS.

Their maps need canvases of 128 px, on which scores are not those of 64 px: so each is compared with
the network it is a variant of, seed by seed. Axes: S seeds.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from nasbench_mvit.analysis.paired import paired_effects
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.io.markdown import markdown_table

PERCENT = 100.0
MIN_SEEDS = 2
VARIANTS: Mapping[str, str] = MappingProxyType(
    {
        "mobilevit_s_patch_3_3_3": "mobilevit_s",
        "mobilevit_s_patch_4_4_4": "mobilevit_s",
        "mobilevit_s_patch_8_4_2": "mobilevit_s",
        "mobilevit_xs_patch_8_4_2": "mobilevit_xs",
    }
)


def compare_patches(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the effect of other patches on ImageNet and by a proxy.

    Args:
        scores: a row for each training by one recipe, with the columns network (a published name),
            seed and top1 (a fraction).

    Returns:
        A row for each variant with two seeds or more in common with its network: the columns
        variant and network (titles), imagenet (the published difference, points), proxy (the mean
        difference, points), low and high (its 95 % interval, Student's) and seeds.
    """
    by_seed = scores.pivot_table(index="network", columns="seed", values="top1")
    rows = []
    for variant, network in VARIANTS.items():
        pair_2S = by_seed.reindex([network, variant]).dropna(axis=1).to_numpy()
        if pair_2S.shape[1] < MIN_SEEDS:
            continue
        (effect,) = paired_effects(pair_2S, np.array([[-1.0, 1.0]]), [""])
        rows.append(
            {
                "variant": FIGURES[variant].title,
                "network": FIGURES[network].title,
                "imagenet": FIGURES[variant].top1 - FIGURES[network].top1,
                "proxy": PERCENT * effect.estimate,
                "low": PERCENT * effect.low,
                "high": PERCENT * effect.high,
                "seeds": pair_2S.shape[1],
            }
        )
    return pd.DataFrame(rows)


def patches_table(found: pd.DataFrame) -> str:
    """Return the differences in Markdown."""
    return markdown_table(
        ("network", "ImageNet top-1, points", "score, points", "95 % interval", "seeds"),
        [
            (
                f"{row.variant} against {row.network}",
                f"{row.imagenet:+.1f}",
                f"{row.proxy:+.1f}",
                f"[{row.low:+.1f}, {row.high:+.1f}]",
                row.seeds,
            )
            for row in found.itertuples()
        ],
    )
