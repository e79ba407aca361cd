"""The final evaluation as tables, as a section of the report page, as CSV and as JSON."""

import math
from typing import Any

import pandas as pd

from nasbench_mvit.figures import page as html
from nasbench_mvit.io.cells import finite, number_cell, p_cell
from nasbench_mvit.search.finalists.record import FinalRecord
from nasbench_mvit.search.finalists.summary import Finalist, FinalSummary
from nasbench_mvit.search.finalists.text import headline, notes, verdict
from nasbench_mvit.training.proxy.result import QuantisedResult

PERCENT = 100.0
TITLE = "Final evaluation: fresh seeds, test images"
DIFFERENCES = "Differences on the test images, the clearest first"
LEGEND = (
    "in % and points of top-1; sd: standard deviation of a score between its seeds; sampling: "
    "standard error of the mean from the choice of test images; val.: mean of the same trainings "
    "on the validation images; search: what the search found there"
)


def start(final: FinalSummary) -> str:
    """Return the weights that the trainings begin with."""
    return "random weights" if final.finetuning is None else "shared weights"


def network_rows(final: FinalSummary) -> pd.DataFrame:
    """Return the networks as text with units, the best first."""
    return pd.DataFrame(
        {
            "network": finalist.row.name,
            f"{finalist.row.latency_kind} ms": (
                f"{finalist.row.latency_text}{'*' if finalist.row.latency_extrapolating else ''}"
            ),
            "test top-1": number_cell(finalist.test_top1 * PERCENT, ".1f"),
            **_int8_cells(finalist, final),
            "sd": number_cell(finalist.seed_sd * PERCENT, ".1f"),
            "sampling": number_cell(finalist.sampling_error * PERCENT, ".1f"),
            "val.": number_cell(finalist.validation_top1 * PERCENT, ".1f"),
            "search": number_cell(finalist.row.top1 * PERCENT, ".1f"),
        }
        for finalist in final.finalists
    )


def _int8_cells(finalist: Finalist, final: FinalSummary) -> dict[str, str]:
    """Return the figures in 8 bits, no cells where nothing was scored so."""
    if not final.int8_by:
        return {}
    return {
        "int8 test": number_cell(finalist.int8_top1 * PERCENT, ".1f"),
        "estimated int8 ms": number_cell(finalist.int8_ms, ".2f"),
    }


def verdict_rows(final: FinalSummary) -> pd.DataFrame:
    """Return the verdict of the comparison for each network."""
    return pd.DataFrame(
        {"network": finalist.row.name, "on test images it is": verdict(finalist, final)}
        for finalist in final.finalists
    )


def difference_rows(final: FinalSummary) -> pd.DataFrame:
    """Return the differences as text with units, the clearest first."""
    return pd.DataFrame(
        {
            "difference": f"{first.row.name} − {second.row.name}",
            "points": f"{d.estimate * PERCENT:+.1f}",
            "interval": f"[{d.low * PERCENT:+.1f}, {d.high * PERCENT:+.1f}]",
            "p": p_cell(d.p),
            "than noise": "larger" if d.exceeds_noise else "not larger",
        }
        for first, second, d in final.differences
    )


def training_frame(final: FinalSummary) -> pd.DataFrame:
    """Return one row per training, with network and seed as axes; accuracies are fractions."""
    return pd.DataFrame(
        {
            "network": finalist.row.name,
            "trial": finalist.row.trial,
            "role": finalist.row.role,
            "spec_id": finalist.row.spec_id,
            "on_front": finalist.row.on_front,
            "latency_ms": finalist.row.latency_ms,
            "search_top1": finalist.row.top1,
            "seed": record.seed,
            "start": start(final),
            "updates": record.result.curve[-1].step if record.result else 0,
            "validation_top1": record.result.top1 if record.result else math.nan,
            "test_top1": record.result.test_top1 if record.result else math.nan,
            **_int8_columns(finalist, record, final),
            "num_test_images": record.result.num_test_images if record.result else 0,
            "seconds": record.result.seconds if record.result else math.nan,
            "failure": record.failure or "",
        }
        for finalist in final.finalists
        for record in finalist.records
    )


def _int8_columns(
    finalist: Finalist, record: FinalRecord, final: FinalSummary
) -> dict[str, float | str]:
    if not final.int8_by:
        return {}
    result = record.result if isinstance(record.result, QuantisedResult) else None
    return {
        "int8_test_top1": result.int8_top1 if result else math.nan,
        "int8_by": result.int8_by if result else "",
        "int8_latency_ms": finalist.int8_ms,
    }


def final_json(final: FinalSummary) -> dict[str, Any]:
    """Return the entry of ``front.json`` for the finalists; accuracies are fractions."""
    comparison = final.comparison
    return {
        "about": headline(final),
        "notes": notes(final),
        "seeds": list(final.seeds),
        "num_test_images": final.num_test_images,
        "start": start(final),
        "trainings_to_do": final.num_missing,
        "noise_top1": comparison and comparison.noise,
        "smallest_difference": comparison and comparison.smallest_difference(),
        "networks": [_entry(finalist, final) for finalist in final.finalists],
        "differences": [
            {
                "first": first.row.name,
                "second": second.row.name,
                "test_top1": d.estimate,
                "interval": [d.low, d.high],
                "p_corrected": d.p,
                "larger_than_noise": d.exceeds_noise,
            }
            for first, second, d in final.differences
        ],
    }


def page_section(final: FinalSummary) -> str:
    """Return the section of the page, with a heading of its own."""
    verdicts = verdict_rows(final)
    networks = network_rows(final).assign(**{verdicts.columns[1]: verdicts.iloc[:, 1]})
    parts = [
        html.heading(TITLE),
        html.paragraph(headline(final)),
        html.table(networks),
        html.paragraph(LEGEND),
    ]
    if final.differences:
        parts += [html.heading(DIFFERENCES, 3), html.table(difference_rows(final))]
    if said := notes(final):
        parts.append(html.definitions(said))
    return "\n".join(parts)


def _entry(finalist: Finalist, final: FinalSummary) -> dict[str, Any]:
    return {
        "name": finalist.row.name,
        "trial": finalist.row.trial,
        "spec_id": finalist.row.spec_id,
        "on_front": finalist.row.on_front,
        "test_top1": finite(finalist.test_top1),
        **(
            {
                "int8_test_top1": finite(finalist.int8_top1),
                "int8_latency_ms": finite(finalist.int8_ms),
            }
            if final.int8_by
            else {}
        ),
        "seed_sd": finite(finalist.seed_sd),
        "sampling_error": finite(finalist.sampling_error),
        "validation_top1": finite(finalist.validation_top1),
        "search_top1": finite(finalist.row.top1),
        "seeds": [record.seed for record in finalist.records],
        "verdict": verdict(finalist, final),
    }
