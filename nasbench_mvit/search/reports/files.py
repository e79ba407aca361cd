"""The result files of a search: ``front.json``, CSV files, self-contained ``report.html``."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from nasbench_mvit.cost.memory import peak_mb
from nasbench_mvit.errors import StoreError
from nasbench_mvit.io.cells import finite
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.finalists.report import final_json, training_frame
from nasbench_mvit.search.finalists.summary import FinalSummary
from nasbench_mvit.search.reports.page import report_page
from nasbench_mvit.search.reports.rivals import claims_json
from nasbench_mvit.search.reports.text import accuracy_label, imagenet_note
from nasbench_mvit.search.results.exact_front import Exact
from nasbench_mvit.search.results.imagenet import IN_DOMAIN, TOP1
from nasbench_mvit.search.results.row import UNTRAINED, Row
from nasbench_mvit.search.results.summary import MEMORY_KIND, Summary
from nasbench_mvit.search.study.config import StudyConfig

FRONT = "front.json"


def check_reports_of(name: str, run_dir: Path) -> None:
    """Check that the reports in a run directory, where there are any, are of the study ``name``.

    Raises:
        StoreError: they are of another one, and a search would overwrite them.
    """
    try:
        before = json.loads((run_dir / FRONT).read_text(encoding="utf-8"))["study"]
    except (OSError, ValueError, LookupError, TypeError):
        return
    if before != name:
        raise StoreError(
            f"{run_dir} holds the reports of the study '{before}', which those of '{name}' would "
            "replace. Choose another `run_dir=`."
        )


def write_report(  # noqa: PLR0913 - four are keyword-only, and optional
    run_dir: Path,
    name: str,
    config: StudyConfig,
    summary: Summary,
    predictor: LatencyPredictor,
    *,
    final: FinalSummary | None = None,
    exact: Exact | None = None,
    written: datetime | None = None,
    stored_as: str | None = None,
) -> tuple[Path, ...]:
    """Write the files into ``run_dir``, each replaced whole or not at all; return their paths.

    Args:
        run_dir: where.
        name: name of the study.
        config: configuration of the study.
        summary: what the search found.
        predictor: predictor of the latencies.
        final: what its finalists came to, which have a file of their own; None without any.
        exact: the exact front of the space; None where it is not known.
        written: the time that the page gives; now if left out.
        stored_as: what names it in a store that is not in ``run_dir``, else None.
    """
    front: dict[str, Any] = {
        "study": name,
        "accuracy": accuracy_label(config),
        f"noise_{metric_key(summary.metric)}": finite(summary.noise),
        "noise_note": summary.noise_note,
        "latency": predictor.title,
        "front_rule": summary.rule.value,
        "hypervolume": summary.hypervolume,
        "reference": {
            metric_key(summary.metric): finite(summary.reference.top1),
            summary.rule.column: summary.reference.cost,
        },
        "front": [_entry(row, summary) for row in summary.front],
        "baselines": [_entry(row, summary) for row in summary.baselines],
    }
    if exact is not None:
        front["exact_hypervolume"] = exact.best.hypervolume
        front["exact_front"] = [_entry(row, exact.best) for row in exact.best.front]
    if summary.calibration is not None:
        front["imagenet"] = imagenet_note(summary)
    if summary.rivals:
        front["rivals"] = [_entry(row, summary) for row in summary.rivals]
    if summary.claims is not None:
        front["claims"] = claims_json(summary.claims, metric_key(summary.metric))
    if final is not None:
        front["finalists"] = final_json(final)
    texts = {
        FRONT: json.dumps(front, indent=2, allow_nan=False) + "\n",
        "trials.csv": _trials(summary).to_csv(index=False),
        "report.html": report_page(
            run_dir,
            name,
            config,
            summary,
            predictor,
            final=final,
            exact=exact,
            written=written or datetime.now(UTC),
            stored_as=stored_as,
        ),
    }
    if final is not None:
        texts["finalists.csv"] = training_frame(final).to_csv(index=False)
    for file_name, text in texts.items():
        write_text(run_dir / file_name, text)
    return tuple(run_dir / file_name for file_name in texts)


def metric_key(metric: str) -> str:
    """Return the name of a score as keys and columns have it: "top1", "map50", "miou"."""
    return "top1" if metric in {"top-1", "accuracy"} else metric.lower()


def _trials(summary: Summary) -> pd.DataFrame:
    """Return the trials with columns that name the score."""
    key = metric_key(summary.metric)
    return summary.frame().rename(columns=lambda column: re.sub("^top1", key, column))


def _entry(row: Row, summary: Summary) -> dict[str, Any]:
    return {
        "name": row.name,
        "trial": row.trial,
        "state": row.state,
        "spec_id": row.spec_id,
        metric_key(summary.metric): finite(row.top1),
        **_estimate(row),
        **_imagenet(row, summary),
        f"{metric_key(summary.metric)}_noise": finite(summary.noise_of(row)),
        "sampling_error": finite(row.sampling_error),
        "seeds": list(row.seeds),
        "latency_ms": row.latency_ms,
        "latency_interval_ms": [row.latency_low_ms, row.latency_high_ms],
        "latency_kind": row.latency_kind,
        "latency_calibrated_on": row.latency_calibrated_on,
        "latency_extrapolating": row.latency_extrapolating,
        "latency_unknown": row.latency_is_unknown,
        "params": row.params,
        "macs": row.macs,
        "peak_activation_mb": finite(peak_mb(row.network)),
        "peak_activation_kind": MEMORY_KIND,
        "within_limits": row.within_limits,
        "on_front": row.on_front,
        "spec": row.network.to_dict(),
    }


def _imagenet(row: Row, summary: Summary) -> dict[str, Any]:
    """Return the entries for an estimated ImageNet top-1, none without a calibration."""
    if summary.calibration is None:
        return {}
    return {
        TOP1: finite(row.estimated_imagenet_top1),
        f"{TOP1}_interval": [
            finite(row.estimated_imagenet_top1_low),
            finite(row.estimated_imagenet_top1_high),
        ],
        IN_DOMAIN: row.estimated_imagenet_top1_in_domain,
    }


def _estimate(row: Row) -> dict[str, Any]:
    """Return the entries for an accuracy that was not trained, none for a trained one."""
    if row.top1_kind not in UNTRAINED:
        return {}
    return {
        "top1_kind": row.top1_kind,
        "top1_interval": [row.top1_low, row.top1_high],
        "top1_extrapolating": row.top1_extrapolating,
    }
