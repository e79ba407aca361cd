"""What makes the results of a study say less than they seem to."""

import enum
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.results.row import TRAINED, Row, front_costs_of
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.training.images.validation_images import ENOUGH_IMAGES, ValidationImages

PERCENT = 100.0
CEILING = 0.95
LARGE_ERROR = 0.25
MIN_NETWORKS = 3  # for a spread


class Kind(enum.StrEnum):
    """The subject of a caution."""

    FEW_IMAGES = "few images"
    CEILING = "ceiling"
    NOISE = "noise"
    REFERENCE_UNBEATEN = "reference point that none surpasses"
    REFERENCE_FAR = "reference point that all surpass"
    PREDICTOR = "predictor"
    CALIBRATION = "calibration"


@dataclass(frozen=True)
class Caution:
    """A reason to trust a study less.

    Attributes:
        kind: what it is about.
        text: a sentence without its period, with the figures and what to do.
    """

    kind: Kind
    text: str

    def __str__(self) -> str:
        """Return the text."""
        return self.text


def cautions(summary: Summary, predictor: LatencyPredictor | None) -> list[Caution]:
    """Return the reasons to trust a study less; none where nothing is wrong.

    Args:
        summary: summary of the study.
        predictor: predictor of its latencies, None where it cannot be loaded.
    """
    rows = [row for row in summary.rows if math.isfinite(row.top1)]
    found: list[Caution] = []
    if rows:
        found += [*_images(rows), *_ceiling(rows), *_noise(rows, summary)]
        found += _reference(rows, summary)
    if summary.calibration is not None and (why := summary.calibration.caution):
        found.append(Caution(Kind.CALIBRATION, why))
    return found + ([] if predictor is None else list(_predictor(predictor)))


def _images(rows: list[Row]) -> Iterator[Caution]:
    """Few images: their number is what the sampling errors of the accuracies come from."""
    counts = [
        row.top1 * (1 - row.top1) / row.sampling_error**2
        for row in rows
        if row.top1_kind == TRAINED and row.sampling_error > 0
    ]
    if counts and ValidationImages(count := round(sorted(counts)[len(counts) // 2])).are_few:
        error = max(row.sampling_error for row in rows if row.top1_kind == TRAINED)
        yield Caution(
            Kind.FEW_IMAGES,
            f"Only about {count} images score each network: another draw of them would change an "
            f"accuracy by {error * PERCENT:.1f} points (standard error). Hold out at least "
            f"{ENOUGH_IMAGES} to compare networks",
        )


def _ceiling(rows: list[Row]) -> Iterator[Caution]:
    worst = min(row.top1 for row in rows)
    if len(rows) > 1 and worst >= CEILING:
        yield Caution(
            Kind.CEILING,
            f"All networks are at the ceiling, {worst * PERCENT:.1f} % and above: these images are "
            "too easy to tell networks apart. Take harder images, more classes, or the fastest",
        )


def _noise(rows: list[Row], summary: Summary) -> Iterator[Caution]:
    """Networks that differ no more than the trainings of one network."""
    known = [row for row in rows if math.isfinite(summary.noise_of(row))]
    if len(known) < MIN_NETWORKS:
        return
    spread = float(np.std([row.top1 for row in known], ddof=1))
    noise = float(np.mean([summary.noise_of(row) for row in known]))
    if spread <= noise:
        yield Caution(
            Kind.NOISE,
            f"The networks differ by no more than chance: their accuracies spread by "
            f"{spread * PERCENT:.1f} points (standard deviation), and that of one network varies "
            f"by {noise * PERCENT:.1f}. Take the fastest, train with more seeds, or take harder "
            "images",
        )


def _reference(rows: list[Row], summary: Summary) -> Iterator[Caution]:
    reference, rule = summary.reference, summary.rule
    if reference.is_made:
        return
    place = f"{reference.top1:.0%} and {reference.cost:g} {rule.unit}"
    costs, _ = front_costs_of(rows, rule)
    beaten = [
        row
        for row, cost in zip(rows, costs, strict=True)
        if row.top1 > reference.top1 and cost < reference.cost
    ]
    if not beaten:
        yield Caution(
            Kind.REFERENCE_UNBEATEN,
            f"No network surpasses the reference point, {place}: the hypervolume is 0 and compares "
            "nothing. Set reference: to a point that useful networks surpass, or leave it out",
        )
        return
    accuracies = [row.top1 for row in rows]
    spread = max(accuracies) - min(accuracies)
    if len(beaten) == len(rows) > 1 and min(accuracies) - reference.top1 > spread:
        yield Caution(
            Kind.REFERENCE_FAR,
            f"All networks surpass the reference point, {place}, by more than they differ: the "
            "hypervolume hardly changes with the front. Set reference: nearer to the networks, or "
            "leave it out",
        )


def _predictor(predictor: LatencyPredictor) -> Iterator[Caution]:
    document = predictor.document
    error = sum(abs(row.left_out_error) for row in document.rows) / len(document.rows)
    why = document.do_not_use or (
        f"it misses networks it was not fitted to by {error:.0%} on average"
        if error > LARGE_ERROR else ""
    )  # fmt: skip
    if why:
        origin = "" if document.parent is None else f", transferred from {document.parent.name}"
        yield Caution(
            Kind.PREDICTOR,
            f"Do not use the latencies of the predictor {document.name}{origin}: {why}. Measure "
            "more networks on the device and fit it anew",
        )
    if document.rough:
        yield Caution(
            Kind.PREDICTOR,
            f"The latencies of the predictor {document.name} are rough: {document.rough}. Measure "
            "the finalists",
        )
