"""The results of a study as tables of numbers under headings with units, for pages and CSV files.

Every table can be sorted and computed with; the text of the terminal and of reports is made by
``search.reports``.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from nasbench_mvit.architecture.network import title_of
from nasbench_mvit.architecture.published_tasks import BENCHMARKS
from nasbench_mvit.cost.memory import peak_mb
from nasbench_mvit.figures.columns import PERCENT, quantity, scaled
from nasbench_mvit.search.finalists.report import final_json
from nasbench_mvit.search.finalists.summary import FinalSummary
from nasbench_mvit.search.results.claims import ClaimCheck, verdict
from nasbench_mvit.search.results.imagenet import COLUMNS as IMAGENET
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.results.summary import MEMORY_KIND, Summary
from nasbench_mvit.workbench.studies.notes import NOTE, TAGS

COMMON = ("name", "trial", "state", "role", *IMAGENET, "top1", "latency_ms", "latency_low_ms",
          "latency_high_ms", "params", "macs", "peak_activation_mb", "reason", TAGS,
          NOTE)  # fmt: skip


def titled(table: pd.DataFrame, score: str) -> pd.DataFrame:
    """Return the common columns of a table of trials under their headings, in the units shown.

    Args:
        table: the trials.
        score: what they are scored by, like "proxy mAP50".
    """
    names = [name for name in COMMON if name in table]
    return pd.DataFrame({quantity(name, score).label: scaled(table[name], name) for name in names})


def network_table(rows: Sequence[Row], summary: Summary) -> pd.DataFrame:
    """Return networks with their accuracy, its noise, their latency with its interval, and costs.

    What has no accuracy has a state and a reason in its place.
    """
    kinds = {row.latency_kind for row in rows}
    latency = f"{kinds.pop()} latency, ms" if len(kinds) == 1 else "latency, ms"
    table = pd.DataFrame(
        {
            "network": row.name,
            "trial": row.trial,
            **(_imagenet(row) if summary.calibration else {}),
            f"{summary.score}, %": row.top1 * PERCENT,
            "±, points": summary.noise_of(row) * PERCENT,
            "seeds": len(row.seeds),
            latency: row.latency_ms,
            "lower end, ms": row.latency_low_ms,
            "upper end, ms": row.latency_high_ms,
            "extrapolated": row.latency_extrapolating,
            "latency unknown": row.latency_is_unknown,
            "params, M": row.params / 1e6,
            "MACs, M": row.macs / 1e6,
            f"{MEMORY_KIND} peak memory, MB": peak_mb(row.network),
            "state": row.state,
            "reason": row.reason,
        }
        for row in rows
    )
    is_whole = not len(table) or table[f"{summary.score}, %"].notna().all()
    return table.drop(columns=["state", "reason"]) if is_whole and len(table) else table


def _imagenet(row: Row) -> dict[str, float | bool]:
    return {
        "estimated ImageNet top-1, %": row.estimated_imagenet_top1 * PERCENT,
        "lower end, %": row.estimated_imagenet_top1_low * PERCENT,
        "upper end, %": row.estimated_imagenet_top1_high * PERCENT,
        "in the calibration's domain": row.estimated_imagenet_top1_in_domain,
    }


def finalist_table(final: FinalSummary) -> pd.DataFrame:
    """Return the finalists: what they score on the test images, and how sure that is."""
    return pd.DataFrame(
        {
            "network": entry["name"],
            "trial": entry["trial"],
            "test top-1, %": _percent(entry["test_top1"]),
            **_int8(entry),
            "sd between seeds, points": _percent(entry["seed_sd"]),
            "sampling error, points": _percent(entry["sampling_error"]),
            "validation top-1, %": _percent(entry["validation_top1"]),
            "top-1 in the search, %": _percent(entry["search_top1"]),
            "seeds": len(entry["seeds"]),
            "on test images it is": entry["verdict"],
        }
        for entry in final_json(final)["networks"]
    )


def _int8(entry: dict[str, Any]) -> dict[str, float]:
    if "int8_test_top1" not in entry:
        return {}
    ms = entry["int8_latency_ms"]
    return {
        "int8 test top-1, %": _percent(entry["int8_test_top1"]),
        "estimated int8 latency, ms": float("nan") if ms is None else ms,
    }


def difference_table(final: FinalSummary) -> pd.DataFrame:
    """Return the differences between the finalists, the clearest first."""
    return pd.DataFrame(
        {
            "network": entry["first"],
            "beside": entry["second"],
            **_difference(entry["test_top1"], entry["interval"], entry["p_corrected"]),
            "larger than the noise": entry["larger_than_noise"],
        }
        for entry in final_json(final)["differences"]
    )


def claim_table(check: ClaimCheck) -> pd.DataFrame:
    """Return the paper's claims over the rivals next to the findings of the study."""
    return pd.DataFrame(
        {
            "claim": f"{title_of(claim.network)} above {title_of(claim.rival)}",
            f"{BENCHMARKS[check.task].images}, points": claim.points,
            **_difference(found.estimate, (found.low, found.high), found.p),
            "verdict": verdict(found),
            "source": claim.source,
        }
        for claim, found in check.checked
    )


def _difference(estimate: float, interval: Sequence[float], p: float) -> dict[str, float]:
    low, high = interval
    return {
        "difference, points": _percent(estimate),
        "lower end, points": _percent(low),
        "upper end, points": _percent(high),
        "p, corrected": p,
    }


def _percent(value: float | None) -> float:
    return float("nan") if value is None else value * PERCENT
