"""An ablation as tables: text with units for people, plain numbers for machines."""

import math

import pandas as pd

from nasbench_mvit.ablation.design.scaling import comparison
from nasbench_mvit.ablation.results.sentences import verdict
from nasbench_mvit.ablation.results.summary import AblationSummary, ArmRow
from nasbench_mvit.io.cells import ABSENT, number_cell, p_cell

MILLION = 1e6
COUNTED = ["Δ", "core-s"]  # columns of arms that, beside the score, only trainings fill


def arm_rows(summary: AblationSummary) -> pd.DataFrame:
    """Return the arms as text, the reference first."""
    reference = summary.rows[0]
    kind = reference.latency.kind
    patches = len({tuple(row.patches.items()) for row in summary.rows}) > 1
    table = pd.DataFrame(
        {
            "arm": row.arm.name,
            f"{summary.metric}, %": _accuracy(row),
            "Δ": number_cell(row.delta, "+.2f") if row is not reference else "reference",
            "paper, %": number_cell(row.arm.paper.top1 if row.arm.paper else None, ".1f"),
            "paper Δ": number_cell(row.paper_delta if row is not reference else None, "+.2f"),
            "patches": ", ".join(map(str, row.patches.values())),
            "params, M": f"{row.params / MILLION:.2f}",
            "MACs, M": f"{row.macs / MILLION:,.0f}",
            f"{kind} ms": (
                f"{row.latency.ms:.2f} [{row.latency.low:.2f}, {row.latency.high:.2f}]"
                f"{'*' if row.latency.extrapolating else ''}"
            ),
            "paper ms": number_cell(row.arm.paper.latency_ms if row.arm.paper else None, ".2f"),
            "core-s": number_cell(row.cpu_seconds, ",.0f"),
        }
        for row in summary.rows
    )
    empty = [c for c in ("paper, %", "paper Δ", "paper ms") if (table[c] == ABSENT).all()]
    return table.drop(columns=empty if patches else [*empty, "patches"])


def effect_rows(summary: AblationSummary) -> pd.DataFrame:
    """Return the effects as text."""
    return pd.DataFrame(
        {
            "factor": row.contrast.factor,
            "from → to": f"{row.contrast.reference} → {row.contrast.setting}",
            "effect, points": number_cell(row.effect.estimate, "+.2f"),
            "interval": f"[{row.effect.low:+.2f}, {row.effect.high:+.2f}]",
            "p": p_cell(row.effect.p),
            "paper": number_cell(row.paper, "+.2f"),
            "verdict": verdict(row),
        }
        for row in summary.effects
    )


def scaling_rows(summary: AblationSummary) -> pd.DataFrame:
    """Return each quantity of the recipe as the paper has it, as it is here, and translated back.

    A quantity on which arms differ has a row for each; empty where nothing is scaled.
    """
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for row in summary.rows:
        if row.arm.terms is None:
            continue
        for part in comparison(row.arm.terms, row.arm.proxy):
            key = (part.quantity, part.paper, part.here, part.equivalent)
            found.setdefault(key, []).append(row.arm.name)
    order = list(dict.fromkeys(key[0] for key in found))
    return pd.DataFrame(
        {
            "quantity": key[0],
            "arm": "all" if len(arms) == len(summary.rows) else "; ".join(arms),
            "paper": key[1],
            "here": key[2],
            "here, in the paper's terms": key[3],
        }
        for key, arms in sorted(found.items(), key=lambda item: order.index(item[0][0]))
    )


def arm_frame(summary: AblationSummary) -> pd.DataFrame:
    """Return one row for each arm, in plain numbers; accuracies in percent."""
    return pd.DataFrame(
        {
            "arm": row.arm.name,
            **{f"factor {factor}": setting for factor, setting in row.arm.choices.items()},
            "top1": row.top1,
            "top1_interval": row.half_width,
            "seeds": len(row.scores),
            "delta": row.delta,
            "paper_top1": row.arm.paper.top1 if row.arm.paper else None,
            "paper_delta": row.paper_delta,
            "params": row.params,
            "macs": row.macs,
            "latency_ms": row.latency.ms,
            "latency_low_ms": row.latency.low,
            "latency_high_ms": row.latency.high,
            "latency_kind": row.latency.kind,
            "latency_calibrated_on": row.latency.calibrated_on,
            "latency_extrapolating": row.latency.extrapolating,
            "latency_left_out_ms": row.left_out_ms,
            "paper_latency_ms": row.arm.paper.latency_ms if row.arm.paper else None,
            **{f"patches_stage{stage}": count for stage, count in row.patches.items()},
            "updates": row.arm.proxy.steps,
            "seconds": row.seconds,
            "cpu_seconds": row.cpu_seconds,
            "spec_id": row.arm.spec.id,
            "full_size_spec_id": row.arm.full_size.id,
            "proxy_id": row.arm.proxy.id,
            "failure": row.failure,
        }
        for row in summary.rows
    )


def effect_frame(summary: AblationSummary) -> pd.DataFrame:
    """Return one row for each effect, in plain numbers of points."""
    return pd.DataFrame(
        {
            "factor": row.contrast.factor,
            "reference": row.contrast.reference,
            "setting": row.contrast.setting,
            "family": row.contrast.family,
            "effect": row.effect.estimate,
            "low": row.effect.low,
            "high": row.effect.high,
            "p": row.effect.p,
            "paper_effect": row.paper,
            "verdict": verdict(row),
            **{
                f"seed_{seed}": difference
                for seed, difference in zip(summary.seeds, row.effect.differences, strict=True)
            },
        }
        for row in summary.effects
    )


def score_frame(summary: AblationSummary) -> pd.DataFrame:
    """Return one row for each arm and seed that counts; accuracies in percent."""
    return pd.DataFrame(
        [
            (row.arm.name, seed, score)
            for row in summary.rows
            for seed, score in zip(summary.seeds, row.scores, strict=False)
        ],
        columns=["arm", "seed", "top1"],
    )


def _accuracy(row: ArmRow) -> str:
    if row.failure:
        return f"failed ({row.failure})"
    if not row.scores:
        return "not trained yet"
    spread = f" ± {row.half_width:.1f}" if math.isfinite(row.half_width) else ""
    return f"{row.top1:.1f}{spread} ({len(row.scores)})"
