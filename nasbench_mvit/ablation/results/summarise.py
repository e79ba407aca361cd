"""The summary of an ablation, computed from its trainings.

Axes: A arms, S seeds, E effects.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from nasbench_mvit.ablation.design.arms import Arm
from nasbench_mvit.ablation.design.contrasts import Contrast
from nasbench_mvit.ablation.design.design import Ablation
from nasbench_mvit.ablation.results.summary import PAPER_SPREAD, AblationSummary, ArmRow, EffectRow
from nasbench_mvit.analysis.paired import paired_effects
from nasbench_mvit.analysis.significance import ALPHA
from nasbench_mvit.analysis.statistics import mean
from nasbench_mvit.analysis.student import half_width
from nasbench_mvit.architecture.patches import patches_per_stage
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.training.proxy.result import TrainingResult

PERCENT = 100.0
MIN_SEEDS = 2


def summarise(
    ablation: Ablation,
    trainings: Sequence[Training],
    results: Mapping[Training, TrainingResult],
    failures: Mapping[Training, str],
    predictor: LatencyPredictor,
) -> AblationSummary:
    """Build the summary.

    Args:
        ablation: the study.
        trainings: its plan.
        results: results of the trainings that are done.
        failures: reasons of the trainings that failed.
        predictor: latency predictor.
    """
    of_arm = {arm.name: [t for t in trainings if t.recipe == arm.name] for arm in ablation.arms}
    reasons = {t.recipe: f"seed {t.seed}: {why}" for t, why in failures.items()}
    compared = [arm for arm in ablation.arms if arm.name not in reasons]
    by_seed = {
        arm.name: {t.seed: results[t] for t in of_arm[arm.name] if t in results} for arm in compared
    }
    whole = set(ablation.config.all_seeds).intersection(*(set(done) for done in by_seed.values()))
    seeds = tuple(sorted(whole))
    scores = {
        arm.name: tuple(by_seed[arm.name][seed].top1 * PERCENT for seed in seeds)
        for arm in compared
    }
    first = next(iter(results.values()), None)
    return AblationSummary(
        ablation=ablation,
        predictor=predictor,
        rows=tuple(
            _row(
                ablation,
                arm,
                scores,
                [results[t] for t in of_arm[arm.name] if t in results],
                reasons.get(arm.name, ""),
                predictor,
            )
            for arm in ablation.arms
        ),
        seeds=seeds,
        num_missing=len([t for t in trainings if t not in results and t not in failures]),
        num_images=first.num_images if first else 0,
        effects=_effects(ablation, compared, scores),
    )


def _effects(
    ablation: Ablation, compared: Sequence[Arm], scores: Mapping[str, tuple[float, ...]]
) -> tuple[EffectRow, ...]:
    """Return the effects among arms that did not fail; none before two seeds are whole."""
    places = [place for place, arm in enumerate(ablation.arms) if arm in compared]
    contrasts = [
        contrast
        for contrast in ablation.contrasts
        if all(weight == 0 or place in places for place, weight in enumerate(contrast.weights))
    ]
    scores_AS = np.array([scores[arm.name] for arm in compared], dtype=float)
    if not contrasts or scores_AS.ndim < 2 or min(scores_AS.shape) < MIN_SEEDS:
        return ()
    weights_EA = np.array([[c.weights[place] for place in places] for c in contrasts])
    paired = paired_effects(scores_AS, weights_EA, [c.family for c in contrasts])
    spread = PAPER_SPREAD if ablation.config.proxy.classifies else 0.0
    return tuple(
        EffectRow(contrast=c, effect=effect, paper=_paper_effect(ablation, c), paper_spread=spread)
        for c, effect in zip(contrasts, paired, strict=True)
    )


def _paper_effect(ablation: Ablation, contrast: Contrast) -> float | None:
    """Return the same weighted sum of the paper's numbers, None where one is missing."""
    total = 0.0
    for arm, weight in zip(ablation.arms, contrast.weights, strict=True):
        if weight:
            if arm.paper is None or arm.paper.top1 is None:
                return None
            total += weight * arm.paper.top1
    return round(total, 6)


def _row(
    ablation: Ablation,
    arm: Arm,
    scores: Mapping[str, tuple[float, ...]],
    results: Sequence[TrainingResult],
    failure: str,
    predictor: LatencyPredictor,
) -> ArmRow:
    costs = count_costs(arm.full_size)
    own, reference = scores.get(arm.name, ()), scores.get(ablation.reference.name, ())
    known = {row.spec_id: row.left_out_ms for row in predictor.document.rows}
    theirs = ablation.reference.paper
    paper_delta = None
    if arm.paper and theirs and arm.paper.top1 is not None and theirs.top1 is not None:
        paper_delta = round(arm.paper.top1 - theirs.top1, 6)
    return ArmRow(
        arm=arm,
        scores=own,
        half_width=half_width(own, 1 - ALPHA),
        delta=float(np.mean(own) - np.mean(reference)) if own and reference else math.nan,
        paper_delta=paper_delta,
        params=costs.params,
        macs=costs.macs,
        latency=predictor.predict(arm.full_size),
        left_out_ms=known.get(arm.full_size.id),
        patches=patches_per_stage(arm.spec, arm.proxy.input_size),
        seconds=mean([result.seconds for result in results]),
        cpu_seconds=mean([result.cpu_seconds for result in results]),
        failure=failure,
    )
