"""The rows for fitting and evaluation: networks and milliseconds of one target.

Axes: R rows.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.features.sums import Floats
from nasbench_mvit.latency.predictor.document import RepeatNoise, TargetText
from nasbench_mvit.latency.records.estimator import latencies
from nasbench_mvit.latency.records.record import MAX_MS, Measurement, Target
from nasbench_mvit.latency.records.record_file import read_records
from nasbench_mvit.latency.records.repeatability import Repeatability, assess

ABSURD = 100.0  # times the median milliseconds per multiply-add: a wrong unit, not a slow network
SEED = 0  # of the choice of held-out rows

Kind = Literal["published", "measured"]


@dataclass(frozen=True)
class LatencyRow:
    """The latency of one network, with its target and its kind."""

    spec: MobileViTSpec
    ms: float
    target: TargetText
    kind: Kind


@dataclass(frozen=True)
class LatencyRows:
    """Rows that may be used together.

    Attributes:
        specs: the networks, each once, (R,).
        ms: their milliseconds, (R,).
        target: the target of all rows.
        kind: the kind of all rows.
        estimator: description of the estimator that turned samples into milliseconds.
        noise: the noise between visits of one network; None where it is unknown.
    """

    specs: tuple[MobileViTSpec, ...]
    ms: Floats
    target: TargetText
    kind: Kind
    estimator: str
    noise: RepeatNoise | None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.specs)

    def pick(self, rows: Sequence[int]) -> "LatencyRows":
        """Return some of the rows."""
        return LatencyRows(
            specs=tuple(self.specs[row] for row in rows),
            ms=self.ms[list(rows)],
            target=self.target,
            kind=self.kind,
            estimator=self.estimator,
            noise=self.noise,
        )

    def split(self, held_out: int) -> tuple["LatencyRows", "LatencyRows"]:
        """Split off ``held_out`` random rows, always the same; return the other rows and these."""
        order = [int(row) for row in np.random.default_rng(SEED).permutation(len(self))]
        return self.pick(sorted(order[held_out:])), self.pick(sorted(order[:held_out]))


def gather(
    rows: Iterable[LatencyRow], *, estimator: str, noise: RepeatNoise | None = None
) -> LatencyRows:
    """Combine rows.

    Raises:
        PredictorError: there are none, they are of different targets or kinds, a network is
            repeated, or milliseconds are not finite, not positive or implausible.
    """
    listed = list(rows)
    if not listed:
        raise PredictorError(
            "the records hold no network that every pass has visited in an accepted block. Run "
            "the same `measure` command again until its passes are complete."
        )
    for row in listed:
        _check_alike(listed[0], row)
        _check_ms(row)
    _check_once(listed)
    _check_sensible(listed)
    return LatencyRows(
        specs=tuple(row.spec for row in listed),
        ms=np.array([row.ms for row in listed]),
        target=listed[0].target,
        kind=listed[0].kind,
        estimator=estimator,
        noise=noise,
    )


def read_rows(path: Path) -> LatencyRows:
    """Read the records of ``measure``, with the estimator that repeats best on the target.

    Raises:
        MeasurementError: the file cannot be read or is damaged, or its targets differ.
        PredictorError: see ``gather``.
    """
    return rows_of(read_records(path))


def rows_of(records: Sequence[Measurement]) -> LatencyRows:
    """Return the rows of one target's records.

    Raises:
        PredictorError: see ``gather``.
    """
    repeated = assess(records)
    rows = [
        LatencyRow(latency.spec, latency.ms, describe(records[0].target), "measured")
        for latency in latencies(records, repeated.estimator)
    ]
    return gather(rows, estimator=str(repeated.estimator), noise=_noise(repeated))


def _noise(repeated: Repeatability) -> RepeatNoise | None:
    noise = repeated.noise
    return (
        None
        if noise is None
        else RepeatNoise(
            pairs=noise.pairs, mean_difference=noise.mean_difference, share_close=noise.share_close
        )
    )


def describe(target: Target) -> TargetText:
    """Return a record's target in the form of a predictor file."""
    return TargetText(**target.model_dump())


def _check_alike(first: LatencyRow, row: LatencyRow) -> None:
    if row.kind != first.kind:
        raise PredictorError(
            f"rows must be all measured or all published, got {first.kind} and {row.kind} ones "
            f"({row.spec.id}). Published latencies are of other software and other protocols; "
            "leave them out."
        )
    if row.target != first.target:
        here, there = row.target.model_dump(), first.target.model_dump()
        differing = [f"{key}: {there[key]} and {here[key]}" for key in there
                     if there[key] != here[key]]  # fmt: skip
        raise PredictorError(
            f"rows must be of one target, got {'; '.join(differing)}. Fit each by itself, or "
            "`transfer` from one to the other."
        )


def _check_ms(row: LatencyRow) -> None:
    if not math.isfinite(row.ms) or not 0 < row.ms <= MAX_MS:
        raise PredictorError(
            f"milliseconds must be above 0 and at most {MAX_MS:,.0f}, got {row.ms} for network "
            f"{row.spec.id}. Measure it again, or leave it out."
        )


def _check_once(rows: Sequence[LatencyRow]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.spec.id in seen:
            raise PredictorError(
                f"network {row.spec.id} is repeated among the rows, so that it could not be held "
                "out. Keep one of them."
            )
        seen.add(row.spec.id)


def _check_sensible(rows: Sequence[LatencyRow]) -> None:
    macs = np.asarray(count_costs_many([row.spec for row in rows]).macs, dtype=float)
    pace = np.array([row.ms for row in rows]) / macs
    ratio = pace / np.median(pace)
    worst = int(np.argmax(np.abs(np.log(ratio))))
    if not 1 / ABSURD < ratio[worst] < ABSURD:
        raise PredictorError(
            f"network {rows[worst].spec.id} has {rows[worst].ms:g} ms, {ratio[worst]:,.2g} times "
            "the median of these rows for its multiply-adds: another unit, or a device that "
            "slept. Measure it again, or leave it out."
        )
