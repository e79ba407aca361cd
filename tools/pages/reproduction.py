"""The tables of ``docs/reproduction.md`` that trainings here fill."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from nasbench_mvit.ablation.results.document import Verdict
from nasbench_mvit.ablation.results.sentences import verdict
from nasbench_mvit.ablation.results.summary import AblationSummary, EffectRow
from nasbench_mvit.analysis.paired import paired_effects
from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.published_tasks import BENCHMARKS
from nasbench_mvit.architecture.rivals import RIVAL_FIGURES
from nasbench_mvit.io.cells import number_cell
from nasbench_mvit.io.markdown import frame_table
from nasbench_mvit.search.reports.files import metric_key
from nasbench_mvit.training.proxy.recipe import METRICS

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
#: The same of networks with heads, whose scores are not top-1.
EFFECTS_OF_TASKS = {
    ("ablation_patch_size_detection", "2,2,2 → 8,4,2"): (
        "Table 9, patches 8,4,2 instead of 2,2,2 with SSDLite: mAP, here mAP50"
    ),
    ("ablation_patch_size_segmentation", "2,2,2 → 8,4,2"): (
        "Table 10, the same with DeepLabv3: mIoU"
    ),
}
WITH: Mapping[Task, str] = {
    "classification": "",
    "detection": ", SSDLite",
    "segmentation": ", DeepLabv3",
}
#: The paper on Fig. 11 (App. C): all decays but 0.1 converge to a similar solution. So a difference
#: from 0.01 that is inside the noise is what it says, whatever the printed points.
ROBUST_TO = ("0.001", "0.0001")
CLAIM = "robust except 0.1"

Effects = Mapping[tuple[str, str], tuple[EffectRow, int]]


def reproduced_effects(
    summaries: Iterable[AblationSummary], names: Mapping[tuple[str, str], str] = EFFECTS
) -> str:
    """Return the effects that papers state beside those found here, and what follows, as Markdown.

    Each verdict is made from the data: those on weight decay judge the paper's sentence on it, the
    others the sign of the paper's effect.

    Args:
        summaries: the ablations.
        names: the effects to show, by study and change.
    """
    found = _effects(summaries, names)
    table = frame_table(
        pd.DataFrame(
            {
                "what": names[key],
                "paper": number_cell(row.paper, "+.2f"),
                "here": f"{row.effect.estimate:+.2f} "
                f"[{row.effect.low:+.2f}, {row.effect.high:+.2f}]",
                "seeds": seeds,
                "verdict": _verdict(key, row),
            }
            for key, (row, seeds) in found.items()
        )
    )
    return "\n\n".join([table, *_undecided(found, names)])


def _effects(summaries: Iterable[AblationSummary], names: Mapping[tuple[str, str], str]) -> Effects:
    """Return the named effects that were found, in their order, with their seeds."""
    found: dict[tuple[str, str], tuple[EffectRow, int]] = {}
    for summary in summaries:
        for row in summary.effects:
            change = f"{row.contrast.reference} → {row.contrast.setting}"
            found.setdefault((summary.ablation.name, change), (row, len(summary.seeds)))
    return {key: found[key] for key in names if key in found}


def _verdict(key: tuple[str, str], row: EffectRow) -> str:
    """Return the verdict on an effect; where the paper states a claim in words, on that claim."""
    said = verdict(row)
    study, _ = key
    if study != "ablation_weight_decay":
        return said
    if row.contrast.setting in ROBUST_TO:
        agrees = row.verdict is Verdict.NOISE
    else:
        agrees = row.effect.exceeds_noise and row.effect.estimate < 0
    return f"{said}: {'agrees with' if agrees else 'does not show'} “{CLAIM}”"


def _undecided(found: Effects, titles: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Yield the effects inside the noise whose intervals hold the paper's too."""
    names = [
        titles[key]
        for key, (row, _) in found.items()
        if key[0] != "ablation_weight_decay"
        and row.verdict is Verdict.NOISE
        and row.paper is not None
        and row.effect.low <= row.paper <= row.effect.high
    ]
    if names:
        yield (
            "Inside the noise, with the paper's effect in the interval as well, which speaks "
            f"neither for nor against the paper: {'; '.join(names)}."
        )


def scores_at_sizes(scores: Path) -> str:
    """Return the scores of a study of samplers at several sizes of image, as Markdown.

    Below the means over seeds stand the differences of the others to the last arm, which sees
    images of one size in as few updates as the multi-scale one, paired by seed.

    Args:
        scores: a table with the columns arm, seed, size_px and top1, a fraction.
    """
    table = pd.read_csv(scores)
    arms = list(dict.fromkeys(table.arm))
    by_seed = PERCENT * table.pivot_table(index=["size_px", "arm"], columns="seed", values="top1")
    weights_EA = np.eye(len(arms))[:-1] - np.eye(len(arms))[-1]
    rows: dict[str, dict[str, str]] = {}
    for size in sorted(set(table.size_px)):
        scores_AS = by_seed.loc[size].loc[arms].to_numpy()
        effects = paired_effects(scores_AS, weights_EA, [""] * len(weights_EA))
        means = dict(zip(arms, scores_AS.mean(1), strict=True))
        rows[f"{size} px"] = {arm: f"{mean:.1f}" for arm, mean in means.items()} | {
            f"{arm} against {arms[-1]}": f"{effect.estimate:+.1f} "
            f"[{effect.low:+.1f}, {effect.high:+.1f}]"
            for arm, effect in zip(arms[:-1], effects, strict=True)
        }
    return frame_table(pd.DataFrame(rows).rename_axis("arm").reset_index())


def claims_table(fronts: Mapping[Task, Path]) -> str:
    """Return the paper's claims over other networks, with what runs of ``rivals…`` found.

    Args:
        fronts: the ``front.json`` of a study, by the task of its networks.
    """
    return frame_table(
        pd.DataFrame(
            {
                "claim": f"{_title(claim['network'])} above {_title(claim['rival'])}{WITH[task]}",
                "where": claim["source"],
                "paper": f"{claim[f'{BENCHMARKS[task].key}_points']:+.1f}",
                "here": f"{claim[f'proxy_{metric_key(METRICS[task])}'] * PERCENT:+.1f} "
                f"[{claim['interval'][0] * PERCENT:+.1f}, {claim['interval'][1] * PERCENT:+.1f}]",
                "verdict": claim["verdict"],
            }
            for task, front in fronts.items()
            for claim in json.loads(front.read_text(encoding="utf-8"))["claims"]["claims"]
        )
    )


def _title(name: str) -> str:
    return (FIGURES | RIVAL_FIGURES)[name].title
