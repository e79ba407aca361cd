"""The tables of ``docs/reproduction.md`` that trainings here fill."""

import json
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.ablation.results.tables import effect_rows
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.rivals import RIVAL_FIGURES
from nasbench_mvit.io.cells import number_cell
from nasbench_mvit.io.markdown import frame_table

PERCENT = 100

#: What the papers vary, by the study that does so here and the setting that is compared there.
EFFECTS = {
    ("ablation_fusion", "with → without"): "Fig. 12, without fusion of the block's input",
    ("ablation_weight_decay", "0.01 → 0.1"): "Fig. 11, weight decay 0.1 instead of 0.01",
    ("ablation_weight_decay", "0.01 → 0.001"): "0.001",
    ("ablation_weight_decay", "0.01 → 0.0001"): "0.0001",
    ("ablation_patch_size", "2,2,2 → 3,3,3"): "Table 6, patches 3,3,3 instead of 2,2,2",
    ("ablation_patch_size", "2,2,2 → 4,4,4"): "4,4,4",
    ("ablation_patch_size", "2,2,2 → 8,4,2"): "8,4,2",
    ("ablation_label_smoothing_ema", "0.9995 → none"): "Table 7, without EMA",
    ("ablation_label_smoothing_ema", "0.1, 0.9995 → none"): "without EMA and label smoothing",
    ("ablation_sampler", "standard → multi-scale"): "Fig. 10, multi-scale sampler, fewer updates",
    ("ablation_sampler", "standard → standard, 225 updates"): "as few with the standard one",
    ("ablation_attention", "softmax → separable"): "arXiv 2206.02680 Table 1, separable attention",
    ("ablation_v3", "v1 → 1×1 fusion"): "arXiv 2209.15159, v1 with a 1×1 fusion",
    ("ablation_v3", "v1 → with local"): "and that of the local representation",
    ("ablation_v3", "v1 → with residual"): "and with the residual",
    ("ablation_v3", "v1 → with depthwise (v3)"): "and depthwise: v3's block",
}


def reproduced_effects(summaries: Iterable[AblationSummary]) -> str:
    """Return the effects that papers state beside those found here, in Markdown."""
    found: dict[tuple[str, str], dict[Hashable, Any]] = {}
    for summary in summaries:
        for row in effect_rows(summary).to_dict("records"):
            key = summary.ablation.name, row["from → to"]
            found.setdefault(key, row | {"seeds": len(summary.seeds)})
    return frame_table(
        pd.DataFrame(
            {
                "what": what,
                "paper": found[key]["paper"],
                "here": f"{found[key]['effect, points']} {found[key]['interval']}",
                "seeds": found[key]["seeds"],
                "verdict": found[key]["verdict"],
            }
            for key, what in EFFECTS.items()
            if key in found
        )
    )


def claims_table(front: Path) -> str:
    """Return the paper's claims over other networks, with what a run of ``rivals`` found."""
    claims = json.loads(front.read_text(encoding="utf-8"))["claims"]["claims"]
    return frame_table(
        pd.DataFrame(
            {
                "claim": f"{_title(claim['network'])} above {_title(claim['rival'])}",
                "where": claim["source"],
                "paper": number_cell(claim["imagenet_points"], "+.1f"),
                "here": f"{claim['proxy_top1'] * PERCENT:+.1f} "
                f"[{claim['interval'][0] * PERCENT:+.1f}, {claim['interval'][1] * PERCENT:+.1f}]",
                "verdict": claim["verdict"],
            }
            for claim in claims
        )
    )


def _title(name: str) -> str:
    return (FIGURES | RIVAL_FIGURES)[name].title
