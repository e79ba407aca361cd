"""What an ablation can and cannot show, in sentences made from its numbers."""

import math
from collections.abc import Iterator

from nasbench_mvit.ablation.design.contrasts import ARMS, FACTORS
from nasbench_mvit.ablation.design.scaling import MAX_SHRINKAGE
from nasbench_mvit.ablation.design.terms import PAPER_UPDATES
from nasbench_mvit.ablation.results.summary import PAPER_SPREAD, AblationSummary, EffectRow
from nasbench_mvit.analysis.significance import ALPHA, POWER
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.published_tasks import BENCHMARKS
from nasbench_mvit.errors import counted
from nasbench_mvit.search.study.on_images import judged_on

PERCENT = 100.0
FEW_PATCHES = 4
UNIT = "points"


def network_title(name: str) -> str:
    """Return the name of a network for people."""
    return FIGURES[name].title if name in FIGURES else name


def legend(summary: AblationSummary) -> str:
    """Return the meaning of the columns of the arms."""
    return (
        "± is half a 95 % interval of the mean over seeds, their number in brackets; Δ is in "
        f"points of {summary.metric} against the reference; patches are those of each stage with "
        "a transformer; core-s are processor seconds of a training."
    )


def metric(summary: AblationSummary) -> str:
    """Return in words what the accuracies are."""
    ablation = summary.ablation
    proxy = ablation.reference.proxy
    trained = judged_on(ablation.config.data, proxy, f"{proxy.steps} updates")
    return f"proxy {summary.metric} of {network_title(ablation.network)} on {trained}"


def interval(summary: AblationSummary) -> str:
    """Return in words what an interval is."""
    return (
        f"{1 - ALPHA:.0%} each, Student's of the differences in {len(summary.seeds)} paired seeds, "
        "each effect with its own spread"
    )


def latency_words(summary: AblationSummary) -> str:
    """Return in words what the latencies are."""
    return f"of {network_title(summary.ablation.full_size)}, {summary.predictor.title}"


def status(summary: AblationSummary) -> str:
    """Return the progress of the study, in words."""
    seeds = len(summary.seeds)
    if summary.num_missing:
        return (
            f"unfinished: {summary.num_missing} trainings are missing; {seeds} of "
            f"{summary.ablation.config.seeds} seeds are whole and count"
        )
    return (
        f"finished: {counted(len(summary.rows), 'arm')} with {counted(seeds, 'paired seed')} each"
    )


def about(summary: AblationSummary) -> str:
    """Return the meaning of the numbers, the progress of the study and the paper's setting."""
    ablation = summary.ablation
    text = (
        f"Accuracy: {metric(summary)}. {_no_accuracy(summary)} Costs and latencies: "
        f"{latency_words(summary)}. The study is {status(summary)}."
    )
    if paper := ablation.config.paper:
        device = f", latencies on {paper.device}" if paper.device else ""
        text += (
            f" The paper's numbers: {paper.metric}, {paper.source}{device}; held fixed there: "
            f"{paper.held_fixed}."
        )
    return text


def _no_accuracy(summary: AblationSummary) -> str:
    """Return a sentence on the published accuracy that a score of this study is not."""
    if summary.task == "classification":
        return "It is no ImageNet accuracy."
    return f"It is no {BENCHMARKS[summary.task].metric}."


def verdict(row: EffectRow) -> str:
    """Return an effect's relation to the noise and to the paper's effect, in words."""
    if row.is_papers_noise:
        return f"{row.verdict}; the paper's own is inside its ±{PAPER_SPREAD:g}"
    return str(row.verdict)


def notes(summary: AblationSummary) -> list[str]:
    """Return the conclusions that this study supports, and its limits, a sentence each."""
    return [
        *_statistics(summary),
        *_scale(summary),
        *_patches(summary),
        *_latencies(summary),
        *(" ".join(text.split()) for text in summary.ablation.config.limits_of_scale),
        *(f"The arm '{arm}' is absent: {why}" for arm, why in summary.ablation.absent.items()),
    ]


def _statistics(summary: AblationSummary) -> Iterator[str]:
    seeds = len(summary.seeds)
    if not summary.effects:
        yield "There is no interval yet: two seeds must be whole for all arms."
        return
    yield (
        f"The difference of two arms varies by {summary.spread:.2f} points between seeds (standard "
        "deviation, the median of the arms; "
        f"{counted(seeds - 1, 'degree of freedom', 'degrees of freedom')} each)."
    )
    yield (
        f"{seeds} seeds find a true difference of {summary.smallest_effect(seeds):.1f} points with "
        f"a probability of {POWER:.0%} where it varies so, {2 * seeds} one of "
        f"{summary.smallest_effect(2 * seeds):.1f}; an effect inside the noise may still be there, "
        "and smaller."
    )
    families = {name: sum(r.contrast.family == name for r in summary.effects)
                for name in (ARMS, FACTORS)}  # fmt: skip
    parts = "; ".join(f"{count} {name}" for name, count in families.items() if count)
    yield f"p-values are corrected after Holm for the number of effects in a family: {parts}."
    if math.isfinite(summary.image_error):
        yield (
            f"All arms are scored on the same {summary.num_images:,} validation images; another "
            f"draw of images would move a difference by {summary.image_error:.2f} points at most "
            "(standard error), which the intervals do not hold."
        )


def _scale(summary: AblationSummary) -> Iterator[str]:
    ablation = summary.ablation
    proxy, scaling = ablation.reference.proxy, ablation.scaling
    if ablation.network != ablation.full_size:
        yield (
            f"What is trained is {network_title(ablation.network)}, while costs and latencies are "
            f"those of {network_title(ablation.full_size)}, the paper's network, with the same "
            "settings; effects may differ between the two."
        )
    if summary.task == "classification":
        yield (
            f"A training has {proxy.steps:,} updates, {proxy.steps / PAPER_UPDATES:.2%} of the "
            f"paper's {PAPER_UPDATES:,}: it shows what a setting does early on, not after 300 "
            "epochs."
        )
    else:
        yield (
            f"A training has {proxy.steps:,} updates from random weights, while the paper's starts "
            "from a backbone trained on ImageNet: it shows what a setting does early on."
        )
    if scaling is not None:
        yield (
            "The paper's networks were trained with the multi-scale sampler, these with the "
            "standard one, where an arm does not say otherwise."
        )
    if scaling is not None and scaling.is_capped:
        yield (
            f"Weight decay is multiplied by {scaling.decay_factor:.3g} in all arms. The paper's "
            "whole decay would take more, but then the strongest arm would lose over "
            f"{MAX_SHRINKAGE:.0%} of every weight in each update at the peak rate."
        )


def _patches(summary: AblationSummary) -> Iterator[str]:
    size = summary.ablation.reference.proxy.input_size
    rows = {row.arm.name: row.patches for row in summary.rows}
    if len({tuple(patches.items()) for patches in rows.values()}) == 1:
        row = summary.rows[0]
        counts = ", ".join(f"{count} on stage {stage}" for stage, count in row.patches.items())
        yield f"Patches that transformers attend to at {size} px: {counts}."
        return
    for name, patches in rows.items():
        few = [f"stage {stage} ({n})" for stage, n in patches.items() if n < FEW_PATCHES]
        if few:
            yield (
                f"At {size} px the arm '{name}' leaves fewer than {FEW_PATCHES} patches on "
                f"{', '.join(few)}: attention there has little or nothing to choose from."
            )


def _latencies(summary: AblationSummary) -> Iterator[str]:
    yield (
        f"Parameters, MACs and latencies are those of {network_title(summary.ablation.full_size)} "
        f"at {summary.ablation.reference.full_size.resolution} px, whatever the training's scale; "
        f"latencies are {summary.predictor.title}."
    )
    known = [row for row in summary.rows if row.left_out_ms is not None]
    if known:
        by_network = {row.arm.full_size.id: row for row in reversed(known)}
        parts = "; ".join(
            f"{row.arm.name}: {row.left_out_ms:.2f} ms" for row in reversed(by_network.values())
        )
        yield (
            "The predictor was fitted to published latencies of these very networks, so what it "
            f"says of them is no independent evidence; fitted without the network's own: {parts}."
        )
    if any(row.latency.extrapolating for row in summary.rows):
        yield ("* marks a network unlike those the predictor was fitted to; its interval is wider.")
