"""What makes the results of a study say less than they seem to, in words."""

import math
from collections.abc import Iterator

from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.results.summary import TRAINED, Row, Summary
from nasbench_mvit.search.study.config import StudyConfig

PERCENT = 100.0
FEW_IMAGES = 500
CEILING = 0.95
LARGE_ERROR = 0.25


def cautions(
    summary: Summary, config: StudyConfig, predictor: LatencyPredictor | None
) -> list[str]:
    """Return the reasons to trust a study less, a sentence each; none where nothing is wrong.

    Args:
        summary: of the study.
        config: of the study.
        predictor: of its latencies, None where it cannot be loaded.
    """
    rows = [row for row in summary.rows if math.isfinite(row.top1)]
    of_networks = [*_images(rows), *_ceiling(rows), *_reference(rows, config)] if rows else []
    return of_networks + ([] if predictor is None else list(_predictor(predictor)))


def _images(rows: list[Row]) -> Iterator[str]:
    """Few images: their number is what the sampling errors of the accuracies come from."""
    counts = [
        row.top1 * (1 - row.top1) / row.sampling_error**2
        for row in rows
        if row.top1_kind == TRAINED and row.sampling_error > 0
    ]
    if counts and (count := round(sorted(counts)[len(counts) // 2])) < FEW_IMAGES:
        error = max(row.sampling_error for row in rows if row.top1_kind == TRAINED)
        yield (
            f"Only about {count} images judge each network: another draw of them would change an "
            f"accuracy by {error * PERCENT:.1f} points (standard error). Hold out at least "
            f"{FEW_IMAGES} to compare networks"
        )


def _ceiling(rows: list[Row]) -> Iterator[str]:
    worst = min(row.top1 for row in rows)
    if len(rows) > 1 and worst >= CEILING:
        yield (
            f"All networks are at the ceiling, {worst * PERCENT:.1f} % and above: these images are "
            "too easy to tell networks apart. Take harder images, more classes, or the fastest"
        )


def _reference(rows: list[Row], config: StudyConfig) -> Iterator[str]:
    reference = config.reference
    place = f"{reference.top1:.0%} and {reference.latency_ms:g} ms"
    beaten = [r for r in rows if r.top1 > reference.top1 and r.latency_ms < reference.latency_ms]
    if not beaten:
        yield (
            f"No network surpasses the reference point, {place}: the hypervolume is 0 and compares "
            "nothing. Set reference: to a point that useful networks surpass"
        )
        return
    accuracies = [row.top1 for row in rows]
    spread = max(accuracies) - min(accuracies)
    if len(beaten) == len(rows) > 1 and min(accuracies) - reference.top1 > spread:
        yield (
            f"All networks surpass the reference point, {place}, by more than they differ: the "
            "hypervolume hardly changes with the front. Set reference: nearer to the networks"
        )


def _predictor(predictor: LatencyPredictor) -> Iterator[str]:
    document = predictor.document
    error = sum(abs(row.left_out_error) for row in document.rows) / len(document.rows)
    why = document.do_not_use or (
        f"it misses networks it was not fitted to by {error:.0%} on average"
        if error > LARGE_ERROR else ""
    )  # fmt: skip
    if why:
        origin = "" if document.parent is None else f", transferred from {document.parent.name}"
        yield (
            f"Do not use the latencies of the predictor {document.name}{origin}: {why}. Measure "
            "more networks on the device and fit it anew"
        )
